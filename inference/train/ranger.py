"""Ranger: rectified Adam (Liu et al., ICLR 2020) inside Lookahead (Zhang et al., NeurIPS 2019)."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

BETAS = (0.95, 0.999)
EPS = 1e-5
LOOKAHEAD_STEPS = 6
LOOKAHEAD_SHARE = 0.5


class Ranger:
    """Rectified Adam as a fused Adam whose rate is multiplied by the rectification term.

    While that term is not yet defined (the first five steps) only the moments are gathered.

    Args:
        named_parameters: name and parameter; the names label the state in checkpoints.
    """

    def __init__(self, named_parameters: Iterable[tuple[str, Tensor]]) -> None:
        self.names, self.parameters = map(list, zip(*named_parameters, strict=True))
        self.adam = torch.optim.Adam(self.parameters, lr=0.0, betas=BETAS, eps=EPS, fused=True)
        self.slow = [parameter.detach().clone() for parameter in self.parameters]
        self.steps = 0

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def step(self, rate: float) -> None:
        """One step at learning rate `rate`; every sixth one the slow weights follow halfway."""
        self.steps += 1
        self.adam.param_groups[0]["lr"] = rate * rectification(self.steps)
        self.adam.step()
        if self.steps % LOOKAHEAD_STEPS == 0:
            torch._foreach_lerp_(self.slow, self.parameters, LOOKAHEAD_SHARE)
            torch._foreach_copy_(self.parameters, self.slow)

    def state_tensors(self) -> dict[str, Tensor]:
        """Everything a resumed run needs beside `steps`, by name."""
        state: dict[str, Tensor] = {}
        for name, parameter, slow in zip(self.names, self.parameters, self.slow, strict=True):
            state[f"slow.{name}"] = slow
            moments = self.adam.state[parameter]
            for moment in ("exp_avg", "exp_avg_sq"):
                state[f"{moment}.{name}"] = moments.get(moment, torch.zeros_like(slow))
        return state

    def load_state_tensors(self, state: dict[str, Tensor], steps: int) -> None:
        """Takes up `state_tensors` of a run that had done `steps` steps."""
        self.steps = steps
        for index, (name, parameter) in enumerate(zip(self.names, self.parameters, strict=True)):
            where = parameter.device
            self.slow[index] = state[f"slow.{name}"].to(where, copy=True)
            self.adam.state[parameter] = {
                "step": torch.tensor(float(steps), device=where),
                "exp_avg": state[f"exp_avg.{name}"].to(where, copy=True),
                "exp_avg_sq": state[f"exp_avg_sq.{name}"].to(where, copy=True),
            }


def rectification(step: int) -> float:
    """r_t of rectified Adam, 0 where the variance of the adaptive rate cannot be told yet (rho_t <= 5)."""
    beta = BETAS[1]
    rho_inf = 2.0 / (1.0 - beta) - 1.0
    power = beta**step
    rho = rho_inf - 2.0 * step * power / (1.0 - power)
    if rho <= 5.0:
        return 0.0
    return math.sqrt(((rho - 4.0) * (rho - 2.0) * rho_inf) / ((rho_inf - 4.0) * (rho_inf - 2.0) * rho))
