"""The model: Phi-4-reasoning-vision's architecture at any size, from checkpoint folder to actions."""

from vlm.threads import spin_briefly

spin_briefly()
