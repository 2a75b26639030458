"""Lets the tests of this folder share log_reading.py and exported_file.py; pytest imports by path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
