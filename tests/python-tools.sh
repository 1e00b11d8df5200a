#!/usr/bin/env bash
# Installs the Python tools of tests/python-tools.txt into a virtual environment in .tools/python.
set -euo pipefail
cd "$(dirname "$0")/.."
cmp -s tests/python-tools.txt .tools/python/.installed && exit 0
ops/bootstrap.sh python3 python3-venv
echo "bootstrap: installing $(tr '\n' ' ' <tests/python-tools.txt)from PyPI"
rm -rf .tools/python
/usr/bin/python3 -m venv .tools/python
.tools/python/bin/pip install --quiet --disable-pip-version-check -r tests/python-tools.txt ||
  { echo "error: pip failed; run: .tools/python/bin/pip install -r tests/python-tools.txt" >&2; exit 1; }
cp tests/python-tools.txt .tools/python/.installed
