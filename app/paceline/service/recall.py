"""Which jobs go on by themselves after their engine died."""

from paceline.model.job import JobSpec


def can_resume(spec: JobSpec) -> bool:
    """Whether a new service takes the job up without being asked.

    Only a read-only job may, which says so (`after_crash = "resume"`): a command that was in flight runs again. What
    it logs in with may be gone, with the memory that held it: the job asks for that by itself, and waits.
    """
    return spec.read_only and spec.after_crash == "resume"
