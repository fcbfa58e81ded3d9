"""Nobody sees what is not theirs: a rich world, a slow rule that knows nothing of the policy, and a walk everywhere."""
