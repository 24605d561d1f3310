# Written by role base [shells].
umask 027
TMOUT=900
readonly TMOUT 2>/dev/null || true
export TMOUT
