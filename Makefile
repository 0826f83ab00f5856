# What people type. `make demo` and `make test` need Go 1.26 and Node 20 and
# nothing else; the other targets say what they want.

GO      ?= go
NPM     ?= npm
WALL    := dashboards/wall
PLUGIN  := dashboards/datasource
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
# Packages want a version that begins with a digit and grows.
PKGVERSION ?= 0.1.$(shell git rev-list --count HEAD 2>/dev/null || echo 0)
NFPM    := VERSION=$(PKGVERSION) $(GO) run github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.41.1 package -p deb -t bin/packages/
# The race detector wants a C compiler. It does not look into SQLite, which was
# written in C, and the hashing of passwords: it would make both ten times slower.
UNSEEN  := modernc.org/sqlite/lib modernc.org/libc golang.org/x/crypto/argon2 golang.org/x/crypto/blake2b
RACE    := $(shell command -v cc >/dev/null && echo -race) $(UNSEEN:%=-gcflags=%=-race=false)
LDFLAGS := -s -w -X github.com/siaga-id/siaga/internal/version.Version=$(VERSION)
BUILD   := CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)'

.PHONY: demo test check fuzz bench bench-edge bench-center bench-telegraf bench-wire bench-secure vuln build cross cross-linux packages wall plugin integration chaos browser clean

demo: build ## twelve simulated villages on the wall: http://127.0.0.1:8088
	./bin/siaga up --demo 12

build: wall ## the three programs, into bin/
	@mkdir -p bin
	$(BUILD) -o bin/ ./cmd/siaga ./cmd/siaga-edge ./cmd/siaga-sim

wall: $(WALL)/dist/index.html ## the built-in wall, embedded into siaga

$(WALL)/dist/index.html: $(WALL)/package-lock.json $(shell find $(WALL)/src $(WALL)/index.html $(WALL)/masuk.html $(WALL)/nodes.html $(WALL)/vite.config.ts $(WALL)/public -type f 2>/dev/null)
	cd $(WALL) && $(NPM) ci --no-audit --no-fund && $(NPM) run build

# What npm writes last, so that it is there when all is.
INSTALLED := $(PLUGIN)/node_modules/.package-lock.json

$(INSTALLED): $(PLUGIN)/package-lock.json
	cd $(PLUGIN) && $(NPM) ci --no-audit --no-fund

# Two builds of one commit are the same.
plugin: export SOURCE_DATE_EPOCH := $(shell git log -1 --format=%ct 2>/dev/null)
plugin: $(INSTALLED) ## Grafana's data source plugin, as a zip into bin/
	cd $(PLUGIN) && $(NPM) run build
	for arch in amd64 arm64; do CGO_ENABLED=0 GOOS=linux GOARCH=$$arch $(GO) build -trimpath -tags arrow_json_stdlib -ldflags '-s -w' -o $(PLUGIN)/dist/gpx_siaga_commandcenter_datasource_linux_$$arch ./$(PLUGIN)/pkg || exit 1; done
	cd $(PLUGIN) && $(GO) run ./pack ../../bin

test: wall $(INSTALLED) ## every test that needs no network and no service
	$(GO) test $(RACE) ./...
	$(GO) test ./cmd/siaga-sim ./firmware-sim/fleet # what the race detector crashes in
	cd $(WALL) && $(NPM) test
	cd $(PLUGIN) && $(NPM) test

check: wall $(INSTALLED) ## formatting, vet, static analysis, types
	@out=$$($(GO) run mvdan.cc/gofumpt@v0.9.1 -l $$(git ls-files -co --exclude-standard '*.go')); test -z "$$out" || { echo "not gofumpt'd:"; echo "$$out"; exit 1; }
	$(GO) vet ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.6.1 ./...
	cd $(WALL) && $(NPM) run check
	cd $(PLUGIN) && $(NPM) run check

integration: build ## with real parts: needs root, Debian's mosquitto and iproute2, and influxd 1.8.10; more with qemu-user-static
	$(GO) test -tags integration -count=1 -timeout 20m ./integration/... ./dashboards/grafana

CHAOS_RUNS     ?= 20
CHAOS_DURATION ?= 1m
CHAOS_NODES    ?= 200
chaos: wall ## seeded storms over real processes, CHAOS_SEED to have one again; as integration, and root for full disks and broken lines (iproute2)
	CHAOS_RUNS=$(CHAOS_RUNS) CHAOS_DURATION=$(CHAOS_DURATION) CHAOS_NODES=$(CHAOS_NODES) $(GO) test -tags integration -count=1 -timeout 6h -v ./integration/chaos

browser: build ## the wall in a real browser: needs Debian's chromium
	cd $(WALL) && $(NPM) run test:browser && $(NPM) run test:chain
	$(GO) test -tags browser -count=1 -timeout 5m -run TestPageInBrowser ./edge/local

FUZZTIME ?= 60s
fuzz: ## every parser of bytes from outside, FUZZTIME each
	@for f in $$(git grep --untracked -l '^func Fuzz' -- '*_test.go'); do \
	  for t in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\)(.*/\1/p' $$f); do \
	    echo "== $$(dirname $$f) $$t"; $(GO) test -run '^$$' -fuzz "^$$t$$" -fuzztime $(FUZZTIME) ./$$(dirname $$f) || exit 1; \
	  done; done

bench: ## the figures that the README names
	{ $(GO) test -run '^$$' -bench '^Benchmark(DecodeCBOR|Append|Examine)$$' -benchmem ./internal/wire ./internal/spool ./ingest; \
	  $(GO) test -run '^$$' -bench '^BenchmarkChain$$' -benchtime 3x ./bench; } | $(GO) run ./bench/figures

# With TELEGRAF=/path/to/telegraf, Telegraf is measured beside it.
bench-edge: build bin/linux-arm64/siaga-edge ## what a node costs: memory, processor, disk; some minutes, on Linux
	$(GO) run ./bench/edge $(if $(TELEGRAF),-telegraf $(TELEGRAF))

bench-center: build ## what a center takes: 150,000 readings a second, 10,000 nodes; some ten minutes, on Linux
	$(GO) run ./bench/center

bench-telegraf: build ## our whole chain beside Telegraf's: TELEGRAF=/path/to/telegraf; twenty minutes, needs Debian's mosquitto and influxd 1.8.10
	$(GO) run ./bench/telegraf -telegraf "$(TELEGRAF)"

bench-wire: build ## what a reading costs on the wire; six minutes, on Linux
	$(GO) run ./bench/wirecost

bench-secure: build ## 10,000 nodes over TLS: enrolment, storms after kills, a siege; some ten minutes, on Linux
	$(GO) run ./bench/secure

vuln: ## known holes in what we build on; says so where the databases cannot be reached
	@out=$$($(GO) run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ./... 2>&1); code=$$?; echo "$$out"; \
	  case "$$code:$$out" in 0:*) ;; \
	  *"fetching vulnerabilities"*) echo "vuln: Go modules NOT checked: https://vuln.go.dev cannot be reached from here" ;; \
	  *) exit 1 ;; esac
	@for d in $(WALL) $(PLUGIN); do out=$$(cd $$d && $(NPM) audit 2>&1); code=$$?; echo "$$out"; \
	  case "$$code:$$out" in 0:*) ;; \
	  *"audit endpoint returned an error"*|*ENOTFOUND*|*EAI_AGAIN*|*ECONNREFUSED*) echo "vuln: npm packages of $$d NOT checked: the registry's audit endpoint cannot be reached from here" ;; \
	  *) exit 1 ;; esac; done

cross: cross-linux ## every platform that is supported, into bin/<os>-<arch>/
	GOOS=windows GOARCH=amd64 $(BUILD) -o bin/windows-amd64/ ./cmd/siaga ./cmd/siaga-sim
	GOOS=darwin GOARCH=arm64 $(BUILD) -o bin/darwin-arm64/ ./cmd/siaga ./cmd/siaga-sim

cross-linux: wall
	for arch in arm64 amd64; do GOOS=linux GOARCH=$$arch $(BUILD) -o bin/linux-$$arch/ ./cmd/... || exit 1; done
	GOOS=linux GOARCH=arm GOARM=6 $(BUILD) -o bin/linux-armhf/ ./cmd/siaga-edge ./cmd/siaga-sim

packages: cross-linux ## .deb of siaga-edge (arm64, armhf, amd64) and siaga (arm64, amd64), into bin/packages/
	mkdir -p bin/packages
	for a in arm64:arm64 armhf:arm6 amd64:amd64; do PROGRAMS=bin/linux-$${a%:*} ARCH=$${a#*:} $(NFPM) -f configs/packages/siaga-edge.yaml || exit 1; done
	for a in arm64 amd64; do PROGRAMS=bin/linux-$$a ARCH=$$a $(NFPM) -f configs/packages/siaga.yaml || exit 1; done

bin/linux-arm64/siaga-edge: FORCE ## only the node's program, for 64-bit Raspberry Pis
	GOOS=linux GOARCH=arm64 $(BUILD) -o $@ ./cmd/siaga-edge

FORCE:

clean: ## what was built
	rm -rf bin $(WALL)/dist/assets $(WALL)/dist/*.html $(WALL)/node_modules $(PLUGIN)/dist $(PLUGIN)/node_modules
