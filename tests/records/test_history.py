"""The history writer: who changed what, when, through which door [143, R10, R11]."""
