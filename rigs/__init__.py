"""Skeletons, rig maps, rotation maths and retargeting: everything about characters that needs no Blender.

Standard library and numpy only. Entry points: `rigs.sequence.load_result`, `rigs.maps.find_map`,
`rigs.retarget.retarget` and `rigs.kinematics.pose_bones`.
"""
