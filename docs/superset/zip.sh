#!/bin/sh
# The import file of the dashboard: sh docs/superset/zip.sh community.zip
set -eu
target=$(realpath "$1")
cd "$(dirname "$0")/.."
python3 - "$target" <<'PYTHON'
import sys
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

with ZipFile(sys.argv[1], "w", ZIP_DEFLATED) as bundle:
    for file in sorted(Path("superset").rglob("*.yaml")):
        bundle.write(file)
PYTHON
