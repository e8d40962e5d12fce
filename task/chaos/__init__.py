"""“Pull the plug”: staff kill a worker on a local desk and watch the job go on."""
