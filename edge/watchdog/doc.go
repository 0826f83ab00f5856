// Package watchdog tells systemd that the program lives: that it is ready, that
// its loops still turn, and that it is about to stop. Without systemd it does
// nothing.
//
// It must not decide what alive means: the caller says so.
package watchdog
