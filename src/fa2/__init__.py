"""fa2, the failure analysis assistant: what broke, and why?"""

__version__ = "0.1.0"
