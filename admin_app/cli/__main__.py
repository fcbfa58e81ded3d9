"""`python -m admin_app.cli`: the command without its script, for child processes."""

from admin_app.cli import main

main()
