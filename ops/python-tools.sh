#!/usr/bin/env bash
# Python tools for checks, pinned in ops/python-tools.txt, in a virtual environment of their own under .tools/python.
set -euo pipefail
cd "$(dirname "$0")/.."
cmp -s ops/python-tools.txt .tools/python/.installed && exit 0
ops/bootstrap.sh python3 python3-venv
echo "bootstrap: installing $(tr '\n' ' ' <ops/python-tools.txt)from PyPI"
rm -rf .tools/python
/usr/bin/python3 -m venv .tools/python
.tools/python/bin/pip install --quiet --disable-pip-version-check -r ops/python-tools.txt ||
  { echo "error: pip failed; run: .tools/python/bin/pip install -r ops/python-tools.txt" >&2; exit 1; }
cp ops/python-tools.txt .tools/python/.installed
