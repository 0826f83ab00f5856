#!/bin/sh
# Runs once, when the InfluxDB image has set itself up: InfluxQL finds the bucket
# by the database's name.
set -eu
influx v1 dbrp create --bucket-id "$DOCKER_INFLUXDB_INIT_BUCKET_ID" --db siaga --rp autogen --default --org "$DOCKER_INFLUXDB_INIT_ORG"
