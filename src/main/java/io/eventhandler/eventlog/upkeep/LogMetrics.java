package io.eventhandler.eventlog.upkeep;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The state of the log as {@link Maintenance} found it last; not a number before it has. Thread-safe. */
final class LogMetrics {

    private final @Nullable Duration maxAge;
    private volatile @Nullable LogState state;

    /**
     * @param maxAge of events, null when they are kept for ever
     */
    LogMetrics(MeterRegistry registry, @Nullable Duration maxAge) {
        this.maxAge = maxAge;
        Gauge.builder("eventhandler.log.earliest", this::earliest)
                .description("Id of the earliest event in the log, 1 when there is none; asked for now and then")
                .register(registry);
        Gauge.builder("eventhandler.partitions.ahead", this::partitionsAhead)
                .description("Partitions of the log behind the one that holds the newest event; asked for now and then")
                .register(registry);
        TimeGauge.builder("eventhandler.log.clock.ahead", this::clockAheadSeconds, TimeUnit.SECONDS)
                .description(
                        "By how much the newest event is later than PostgreSQL's clock, which was ahead when it was"
                                + " appended; asked for now and then")
                .register(registry);
        TimeGauge.builder("eventhandler.retention.behind", this::behindSeconds, TimeUnit.SECONDS)
                .description("By how much the earliest event is older than RETENTION; asked for now and then")
                .register(registry);
    }

    private double clockAheadSeconds() {
        LogState last = state;
        return last == null ? Double.NaN : last.clockAheadSeconds();
    }

    void found(LogState found) {
        state = found;
    }

    private double earliest() {
        LogState last = state;
        return last == null ? Double.NaN : last.earliest();
    }

    private double partitionsAhead() {
        LogState last = state;
        return last == null ? Double.NaN : last.partitionsAhead();
    }

    private double behindSeconds() {
        if (maxAge == null) {
            return 0;
        }
        LogState last = state;
        return last == null ? Double.NaN : Math.max(0, last.ageSeconds() - maxAge.toSeconds());
    }
}
