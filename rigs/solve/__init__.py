"""The steps of retargeting, each one file: body frames, bend axes, limbs, two-bone IK, feet, root.

All steps work in *stage space*: world axes (Z up), metres, the origin at the armature object's own place. A bone's
*turn* is the rotation, in stage axes, from its rest orientation to its pose; a bone that nothing drives has the turn of
its parent. Body frames have the columns (left, back, up), so a character at rest that faces -Y has the identity.
"""
