# `make` lists the targets. Everything is installed into .venv (the app) and .venv-gateway (LiteLLM), nothing elsewhere.
PYTHON ?= python3
APP := .venv
GATEWAY := .venv-gateway
UV := .venv-uv/bin/uv
RUN := $(APP)/bin/python
# Behind a proxy with a certificate authority of its own, uv trusts what the system trusts, as pip does.
export UV_SYSTEM_CERTS ?= true

SPARK := .venv-spark

.PHONY: help setup demo run test test-spark test-spark-smoke spark lint types check lock stop clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: $(APP)/.ready $(GATEWAY)/.ready ## Create both environments from the locked requirements

demo: setup ## Set up, analyze the bundled sample, print the report
	$(RUN) main.py

test: setup $(APP)/.ready-dev lint types ## Set up, lint, check types, run all tests
	$(RUN) -m pytest --numprocesses 2 --dist loadfile -rs --durations 15

spark: setup $(APP)/.ready-spark $(SPARK)/.ready ## Install Spark's client, and a Spark for this machine (ENGINE_URL=spark://local)

test-spark: spark $(APP)/.ready-dev ## Run the tests of remote tables on a real Spark
	$(RUN) main.py engine stop
	SPARK_TEST_URL=spark://local $(RUN) -m pytest -rs tests/engine

test-spark-smoke: spark $(APP)/.ready-dev ## Run only those that nothing but a real Spark can show
	SPARK_TEST_URL=spark://local $(RUN) -m pytest -rs -m spark --hypothesis-seed 0 tests/engine

lint: $(APP)/.ready-dev ## Format and lint
	$(APP)/bin/ruff format --check .
	$(APP)/bin/ruff check .

types: $(APP)/.ready-dev ## Check types
	$(APP)/bin/mypy .

lock: $(UV) ## Update the locked requirements from requirements/*.in
	$(UV) pip compile -q --universal --python-version 3.10 --generate-hashes --no-header requirements/app.in -o requirements.txt
	$(UV) pip compile -q --universal --python-version 3.10 --generate-hashes --no-header requirements/dev.in -o requirements/dev.txt
	$(UV) pip compile -q --universal --python-version 3.10 --generate-hashes --no-header requirements/gateway.in -o requirements/gateway.txt
	$(UV) pip compile -q --universal --python-version 3.10 --generate-hashes --no-header requirements/spark.in -o requirements/spark.txt
	$(UV) pip compile -q --universal --python-version 3.10 --generate-hashes --no-header requirements/spark-server.in -o requirements/spark-server.txt

stop: ## Stop the gateway
	$(RUN) main.py gateway stop

clean: ## Remove the environments
	rm -rf $(APP) $(GATEWAY) $(SPARK) .venv-uv

$(UV): requirements/uv.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 10) <= v < (3, 14) else f"Python 3.10 to 3.13 is needed, {sys.executable} is {v[0]}.{v[1]}: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv-uv
	.venv-uv/bin/python -m pip install -q --require-hashes -r requirements/uv.txt
	@touch $(UV)

$(APP)/.ready: $(UV) requirements.txt
	$(UV) venv -q --clear --python $(PYTHON) $(APP)
	$(UV) pip install -q --python $(APP) --compile-bytecode --require-hashes -r requirements.txt
	@touch $@

$(APP)/.ready-dev: $(APP)/.ready requirements/dev.txt
	$(UV) pip install -q --python $(APP) --require-hashes -r requirements/dev.txt
	@touch $@

$(APP)/.ready-spark: $(APP)/.ready requirements/spark.txt
	$(UV) pip install -q --python $(APP) --require-hashes -r requirements/spark.txt
	@touch $@

$(SPARK)/.ready: $(UV) requirements/spark-server.txt
	$(UV) venv -q --clear --python $(PYTHON) $(SPARK)
	$(UV) pip install -q --python $(SPARK) --compile-bytecode --require-hashes -r requirements/spark-server.txt
	@touch $@

$(GATEWAY)/.ready: $(UV) requirements/gateway.txt
	$(UV) venv -q --clear --python $(PYTHON) $(GATEWAY)
	$(UV) pip install -q --python $(GATEWAY) --compile-bytecode --require-hashes -r requirements/gateway.txt
	@touch $@
