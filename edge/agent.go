package edge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

// Deps is what an agent is given by whoever runs it.
type Deps struct {
	Board driver.Board
	Clock Clock
	// Version is reported in the node state.
	Version string
	// Simulated marks every pack as not measured in any village.
	Simulated bool
	// Logger gets the agent's records; nil means slog.Default().
	Logger *slog.Logger
	// Remote gets what the center says of configuration and commands; nil: nobody
	// does. An agent that has one may run without sensors, until it is told of some.
	Remote Remote
	// Code names what is wrong with a sensor for Snapshot; nil means driver.Code.
	Code func(error) string

	// connect replaces the broker in tests.
	connect func(mqtt.Options) (connection, error)
}

// Agent is the program of one node. Make it with New, run it once with Run.
type Agent struct {
	cfg      Config
	dep      Deps
	disk     *spool.Spool
	queue    queue
	spill    *spill // the queue, where it holds packs in memory; else nil
	time     *timekeeper
	sealer   *sealer
	sender   *sender
	samplers []*sampler
	options  mqtt.Options
	enrolled *enrol.Store
	keeper   *enrol.Keeper

	calibrations *calibration.Store
	problem      atomic.Pointer[string] // why nothing is corrected; nil where all is well
	began        time.Duration          // boot time at New

	enough  chan struct{} // closed by the first StopSampling
	closing sync.Once     // of enough
	sealed  chan struct{} // closed when the last readings are queued
}

// New checks the configuration and opens the queue in its data directory; it
// starts nothing. Run closes what New opened.
func New(cfg Config, dep Deps) (*Agent, error) {
	if err := cfg.Validate(); err != nil && (err != ErrNoSensors || dep.Remote == nil) { //nolint:errorlint // alone, not among others
		return nil, err
	}
	if cfg.Node == "" || cfg.Site == "" {
		return nil, ErrUnnamed
	}
	if dep.Logger == nil {
		dep.Logger = slog.Default()
	}
	if dep.connect == nil {
		dep.connect = func(o mqtt.Options) (connection, error) { return mqtt.Open(o) }
	}
	if dep.Code == nil {
		dep.Code = driver.Code
	}
	dep.Logger = dep.Logger.With("node", cfg.Node)
	disk, err := spool.Open(filepath.Join(cfg.DataDir, "queue"), spool.Options{
		MaxBytes: cfg.Queue.MaxBytes, ReserveBytes: cmp.Or(cfg.Queue.ReserveBytes, -1), // where 0 is the usual reserve
	})
	if err != nil {
		return nil, fmt.Errorf("data_dir: %w", err)
	}
	a := &Agent{
		cfg: cfg, dep: dep, disk: disk, queue: durable{disk, dep.Logger}, began: dep.Clock.Boot(),
		enrolled: enrol.Open(cfg.DataDir),
		enough:   make(chan struct{}), sealed: make(chan struct{}),
	}
	if cfg.Queue.Durability == DurableSpill {
		a.spill = newSpill(disk, dep.Logger)
		a.queue = a.spill
	}
	a.calibrations, err = calibration.Open(cfg.DataDir)
	var damage *calibration.DamageError
	if errors.As(err, &damage) {
		// Raw values are worth having; the snapshot says what is wrong, too.
		a.uncorrected(damage)
		err = nil
	}
	if err == nil {
		a.calibrations.UseClock(dep.Clock.Boot)
		err = a.wire()
	}
	if err != nil {
		return nil, errors.Join(err, disk.Close())
	}
	return a, nil
}

// wire makes the agent's parts and connects them.
func (a *Agent) wire() error {
	node := reading.NodeID(a.cfg.Node)
	boots, err := boots(a.disk, a.dep.Clock.BootID())
	if err != nil {
		return err
	}
	id, why, err := loadIdentity(a.cfg.DataDir, a.cfg.Node, boardID(), a.disk, boots, a.spill != nil)
	if err != nil {
		return err
	}
	if why != "" {
		a.dep.Logger.Info("new epoch", "why", why, "epoch", id.Epoch)
	}
	a.sealer = &sealer{
		clock: a.dep.Clock, queue: a.queue, interval: a.cfg.PackInterval, first: somewhere,
		site: reading.SiteCode(a.cfg.Site), sim: a.dep.Simulated, log: a.dep.Logger,
		full: make(chan struct{}, 1), sealed: make(chan struct{}, 1),
	}
	for _, lost := range a.queue.Lost() {
		a.dep.Logger.Warn("queue has lost packs or was damaged", "damage", lost)
	}
	link, err := a.cfg.Send.resolved()
	if err != nil {
		return err
	}
	lost, err := openLosses(a.cfg.DataDir, id.Epoch)
	if err != nil {
		a.dep.Logger.Error("what was given up before is not reported again", "err", err)
	}
	a.sender = &sender{
		node: node, dir: a.cfg.DataDir, clock: a.dep.Clock, queue: a.queue, sealer: a.sealer, log: a.dep.Logger,
		pace: newPace(link), air: newFlights(link), boots: boots, losses: lost,
		id: id, centers: centers{},
		inbox: make(chan mqtt.Message, 256), connected: make(chan struct{}, 1),
		sensors: newSensorStates(),
		about:   about{version: a.dep.Version, site: reading.SiteCode(a.cfg.Site), sim: a.dep.Simulated},
		heard:   func() {},
	}
	if a.dep.Remote != nil {
		a.sender.heard = a.dep.Remote.Heard
	}
	a.sender.view.Store(&senderView{}) // for whoever asks before the first step
	line, err := openTimeline(a.cfg.DataDir, names(boots))
	if err != nil {
		return err
	}
	a.time = newTimekeeper(a.dep, a.cfg.DataDir, line)
	a.sealer.time, a.sender.time = a.time, a.time
	a.keeper = a.identity()
	if a.options, err = a.mqttOptions(); err != nil {
		return errors.Join(err, line.close())
	}
	for i, sc := range a.cfg.Sensors {
		sm, err := a.sampler(sc)
		if err != nil {
			return errors.Join(fmt.Errorf("sensors[%d].%w", i, err), line.close())
		}
		a.samplers = append(a.samplers, sm)
	}
	return nil
}

func (a *Agent) mqttOptions() (mqtt.Options, error) {
	will, err := a.sender.will()
	if err != nil {
		return mqtt.Options{}, err
	}
	o, err := a.cfg.MQTT.Options()
	if err != nil {
		return o, err
	}
	o.ClientID, o.Will, o.Logger = a.cfg.Node, will, a.dep.Logger
	o.Earliest = a.time.earliest
	if o.URL == "" {
		o.Server = a.keeper.Server
	}
	o.Subscriptions = []mqtt.Subscription{
		{Filter: wire.Topic(a.sender.node, wire.AckChannel)},
		{Filter: wire.CenterFilter},
	}
	o.OnMessage = func(m mqtt.Message) {
		select {
		case a.sender.inbox <- m:
		default:
		}
	}
	o.OnConnect = func() { signal(a.sender.connected) }
	a.joinRemote(&o)
	return o, nil
}

// Run samples and sends until ctx ends; then it seals what is open, hands the
// newest pack to the broker, and closes everything. What the center has not
// acknowledged stays in the queue for the next start. It also ends, with an
// error, when the disk takes no more packs: the process should then be started
// again, which alone can find out what the disk holds. Readings that the disk did
// not take at the very end are an error, too.
func (a *Agent) Run(ctx context.Context) error {
	sealed := sync.OnceFunc(func() { close(a.sealed) })
	defer sealed()
	conn, err := a.dep.connect(a.options)
	if err != nil {
		return errors.Join(fmt.Errorf("mqtt.url: %w", err), a.time.close(), a.closeQueue())
	}
	a.sender.conn = conn
	ctx, broken := context.WithCancelCause(ctx)
	defer broken(nil)
	a.sealer.broken = broken
	// The stages end one after the other, in the order that a reading passes them.
	sampling, stopSampling := context.WithCancel(ctx)
	sealing, stopSealing := context.WithCancel(context.Background())
	sending, stopSending := context.WithCancel(context.Background())
	defer stopSampling()
	var samplers, sealers, senders sync.WaitGroup
	for _, s := range a.samplers {
		samplers.Go(func() { s.run(sampling) })
	}
	samplers.Go(func() { a.followCalibrations(sampling) })
	var unsealed error
	sealers.Go(func() { unsealed = a.sealer.run(sealing) })
	if a.spill != nil {
		a.spill.broken = broken
		senders.Go(func() { a.spill.run(sending) })
	}
	senders.Go(func() { a.sender.run(sending) })
	if a.dep.Remote != nil {
		senders.Go(func() { a.dep.Remote.Serve(sending, a) })
	}
	senders.Go(func() {
		a.keeper.Run(sending, conn)
	})
	select {
	case <-ctx.Done():
	case <-a.enough:
	}
	stopSampling()
	samplers.Wait()
	stopSealing()
	sealers.Wait()
	sealed()
	<-ctx.Done()
	stopSending()
	// A broker that reads no more would hold the farewell up.
	hurry := time.AfterFunc(2*farewellLimit, func() { _ = conn.Close() }) // the Close below tells its error
	senders.Wait()
	hurry.Stop()
	var fatal *spool.FatalError
	if err = context.Cause(ctx); !errors.As(err, &fatal) {
		err = nil
	}
	return errors.Join(err, unsealed, conn.Close(), a.time.close(), a.closeQueue())
}

// closeQueue closes the queue. What was only in memory is on the disk then, and
// the next start may count on.
func (a *Agent) closeQueue() error {
	if err := a.queue.Close(); err != nil || a.spill == nil {
		return err
	}
	id := a.sender.id
	id.Held = false
	return id.store(a.cfg.DataDir)
}

// StopSampling closes the sensors for good and puts what they said last into the
// queue; sending goes on until Run's context ends. It returns when everything
// is queued, and wants Run to be running or to have run.
func (a *Agent) StopSampling() {
	a.closing.Do(func() { close(a.enough) })
	<-a.sealed
}

// Counts is what an agent has done since it was made.
type Counts struct {
	// QueuedReadings became durable in the queue; LostReadings never did.
	QueuedReadings, LostReadings uint64
	// WaitingPacks are queued and not acknowledged.
	WaitingPacks uint64
}

// Counts may be called while Run runs, from any goroutine.
func (a *Agent) Counts() Counts {
	st := a.sealer.state()
	return Counts{QueuedReadings: st.queued, LostReadings: st.lost, WaitingPacks: uint64(a.queue.Stats().Records)}
}
