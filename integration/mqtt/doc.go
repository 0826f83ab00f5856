// Package mqtt shows that the embedded broker behaves as MQTT clients expect:
// sessions, Wills, retained messages, redelivery, shared subscriptions and
// keep-alive, each through two clients that were written by others. Its tests need
// the build tag integration and Debian's mosquitto-clients. It must not look into
// the broker: it knows only its address.
package mqtt
