# The desk on this machine:  make run
# Settings come from the environment, for example:  PORT=8001 WORKERS=4 make run
.PHONY: run test test-services test-deploy faults setups fuzz-api lint bench screenshots requirements

run:
	@bin/venv requirements.txt
	@exec .venv/bin/python manage.py up --stop-with-parent

# One file or one test:  make test ARGS="tests/test_up.py -k port"
test:
	@bin/venv requirements-dev.txt
	@.venv/bin/python -m pytest $(ARGS)

# All tests on PostgreSQL and Redis, then those with workers on PgBouncer and RabbitMQ's quorum queues. The services are
# started in a temporary folder; one that is missing is named, with its package.
test-services:
	@bin/venv requirements-dev.txt
	@python3 -m tests.servers sh -c '\
		export TEST_RUN_DATABASE_URL=$$TEST_DATABASE_URL TEST_WORKERS_BROKER_URL=$$TEST_REDIS_URL && $(MAKE) test && \
		export TEST_WORKERS_BROKER_URL=$$TEST_QUORUM_URL TEST_WORKERS_DATABASE_PORT=$$TEST_PGBOUNCER_PORT && \
		$(MAKE) test ARGS="tests/faults"'

# The desk behind nginx with TLS, PostgreSQL and Redis, as docs/deploy.md lays it out, on free ports of this machine
test-deploy:
	@.ci/run make test ARGS="tests/deploy $(ARGS)"

# A desk of its own under load while processes die, lines are cut and databases go away, by a plan made from SEED:
#   make faults SEED=7     make faults ARGS="--seed 1 --to 20"     .ci/run make faults SEED=7 ARGS=--services
faults:
	@bin/venv requirements-dev.txt
	@.venv/bin/python -m tests.storm $(if $(SEED),--seed $(SEED)) $(ARGS)

# The desk on each usual set-up, whose services go away and come back:  make setups     make setups ARGS="sentinel tls"
setups:
	@bin/venv requirements-dev.txt
	@.venv/bin/python -m tests.setups $(ARGS)

# Thousands of requests that the API's schema allows, and that it does not:  make fuzz-api ARGS="--max-examples 1000"
fuzz-api:
	@bin/venv requirements-dev.txt
	@.venv/bin/python -m tests.api.fuzz $(ARGS)

lint:
	@bin/venv requirements-dev.txt
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/python -m mypy
	@DJANGO_SETTINGS_MODULE=tests.settings .venv/bin/python manage.py makemigrations --check --dry-run

# What the README's table of figures is made with
bench:
	@bin/venv requirements-dev.txt
	@.venv/bin/python -m benchmarks $(ARGS)

screenshots:
	@bin/venv requirements-dev.txt
	@.venv/bin/python -m tests.browser.screenshots $(ARGS)

# Pins requirements*.in, with the hashes of every platform's wheels. What is pinned stays:  make requirements ARGS=--upgrade
requirements:
	@bin/venv requirements-dev.txt
	@python3 -m venv var/uv && var/uv/bin/python -m pip install --quiet uv
	@for name in requirements requirements-dev; do var/uv/bin/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-header $(ARGS) $$name.in --output-file $$name.txt || exit 1; done
