"""Training of the lifter. The data side is numpy alone; only the optimiser, checkpoints and loop need PyTorch."""
