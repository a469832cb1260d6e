"""The TKCS discriminator in training beside the lifter."""

from __future__ import annotations

import torch
from torch import Tensor

from .checkpoint import part
from .losses.tkcs import WIDTH, TkcsDiscriminator, discriminator_loss, random_rotations
from .ranger import Ranger

_RATE = 1e-3


class Critic:
    """A discriminator with its optimiser. Its weights stand still while the lifter's gradients are taken.

    Args:
        device: where it works.
        width: of the discriminator.
    """

    def __init__(self, device: torch.device, width: int = WIDTH) -> None:
        self.network = TkcsDiscriminator(width).to(device).requires_grad_(False)
        self.optimiser = Ranger(self.network.named_parameters())

    def step(self, captured: Tensor, lifted: Tensor) -> Tensor:
        """One step on captured and lifted motion, (N, k, 17, 3) each; returns the loss, log 2 when it cannot tell."""
        self.network.requires_grad_(True).zero_grad(set_to_none=True)
        rotation = random_rotations(len(captured), captured.device)
        logits = self.network(torch.cat([captured, lifted]), torch.cat([rotation, rotation]))
        loss = discriminator_loss(*logits.chunk(2))
        loss.backward()
        self.optimiser.step(_RATE)
        self.network.requires_grad_(False)
        return loss.detach()

    def state_tensors(self) -> dict[str, Tensor]:
        """What a resumed run needs."""
        state = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        state |= {f"optimiser.{name}": value for name, value in self.optimiser.state_tensors().items()}
        return state | {"steps": torch.tensor(self.optimiser.steps)}

    def load_state_tensors(self, state: dict[str, Tensor]) -> None:
        """Takes up `state_tensors`."""
        self.network.load_state_dict(part(state, "network."))
        self.optimiser.load_state_tensors(part(state, "optimiser."), int(state["steps"]))
