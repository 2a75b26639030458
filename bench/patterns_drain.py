"""Mines the first lines of a log with drain3 and generic masks: what `fa2 patterns` is compared with.

python bench/patterns_drain.py FILE LINES
"""

from __future__ import annotations

import itertools
import logging
import sys

MASKS = (
    (r"((?<=[^A-Za-z0-9])|^)(([0-9a-f]{2,}:){3,}([0-9a-f]{2,}))((?=[^A-Za-z0-9])|$)", "ID"),
    (r"((?<=[^A-Za-z0-9])|^)(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})((?=[^A-Za-z0-9])|$)", "IP"),
    (r"((?<=[^A-Za-z0-9])|^)([0-9a-f]{6,} ?){3,}((?=[^A-Za-z0-9])|$)", "SEQ"),
    (r"((?<=[^A-Za-z0-9])|^)([0-9A-F]{4} ?){4,}((?=[^A-Za-z0-9])|$)", "SEQ"),
    (r"((?<=[^A-Za-z0-9])|^)(0x[a-f0-9A-F]+)((?=[^A-Za-z0-9])|$)", "HEX"),
    (r"((?<=[^A-Za-z0-9])|^)([\-\+]?\d+)((?=[^A-Za-z0-9])|$)", "NUM"),
)
"""The masks of drain3's own example configuration."""


def main() -> None:
    """Mine, and print how many templates there are."""
    from drain3 import TemplateMiner
    from drain3.masking import MaskingInstruction
    from drain3.template_miner_config import TemplateMinerConfig

    logging.disable()
    config = TemplateMinerConfig()
    config.masking_instructions = [MaskingInstruction(regex, name) for regex, name in MASKS]
    miner = TemplateMiner(config=config)
    with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
        for line in itertools.islice(file, int(sys.argv[2])):
            miner.add_log_message(line.rstrip("\n"))
    print(len(miner.drain.clusters))


if __name__ == "__main__":
    main()
