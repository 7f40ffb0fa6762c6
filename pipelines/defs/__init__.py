"""The Dagster side: thin assets over the stages, their checks, jobs and schedules."""
