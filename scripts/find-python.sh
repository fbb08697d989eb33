#!/bin/sh
# Prints the path of the Python to start with, or says in one sentence what is missing.
# First choice: one that can make virtual environments; then one that cannot (the launcher says how to mend that).
try() {
    for name in python3 python3.14 python3.13 python3.12 python3.11 python; do
        path=$(command -v "$name" 2>/dev/null) || continue
        if "$path" -c "$1" >/dev/null 2>&1; then
            echo "$path"
            exit 0
        fi
    done
}
try 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] < (3, 11))'
try 'import sys; sys.exit(sys.version_info[:2] < (3, 11))'
echo "Python 3.11 or later is needed and was not found on the PATH." >&2
echo "  Install it, on Debian or Ubuntu with: sudo apt install python3 python3-venv" >&2
exit 1
