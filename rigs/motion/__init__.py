"""Motion that a rig already has, such as a BVH or FBX file's: its posed bones become joints and points of a performer.

The reverse of retargeting: `rigs.retarget` puts joints onto bones, this room reads them back from bones.
"""

from .read import RigMotion, only_bones, read_motion

__all__ = ["RigMotion", "only_bones", "read_motion"]
