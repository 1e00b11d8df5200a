#!/usr/bin/env bash
# Runs logrotate every minute. Arguments: its configuration and its state file.
set -euo pipefail
PATH=$PATH:/usr/sbin # where Debian keeps it, and where a user's PATH does not look
while sleep 60; do
  logrotate --state "$2" "$1" || echo "error: logrotate failed; run: logrotate --verbose --state $2 $1"
done
