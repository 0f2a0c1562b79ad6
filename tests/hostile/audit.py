"""run_audit.py with some of crawler/settings.py changed: `python audit.py '{"DOWNLOAD_TIMEOUT": 3}' audit --registry …`."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import crawler.settings
import run_audit

if __name__ == "__main__":
    for name, value in json.loads(sys.argv.pop(1)).items():
        setattr(crawler.settings, name, value)
    run_audit.main()
