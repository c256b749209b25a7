package io.eventhandler.app;

import io.eventhandler.eventlog.EventLog;
import io.eventhandler.eventlog.append.Appender;
import io.eventhandler.lifecycle.Failures;
import io.eventhandler.postgres.Schema;
import io.eventhandler.service.Health;
import io.eventhandler.tail.EventTail;
import io.eventhandler.wakeup.WakeUp;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.slf4j.LoggerFactory;

/** Whether a replica that has started is alive, and ready. Thread-safe. */
record HealthChecks(Schema schema, EventLog log, Appender appender, WakeUp wakeUp, EventTail tail) {

    private static final Failures FAILURES = new Failures(LoggerFactory.getLogger(HealthChecks.class));
    private static final Duration MAX_LAG = Duration.ofSeconds(5);

    /** Alive: whatever the database does, the threads without which nothing goes on are there. */
    Health live() {
        return new Health(Map.of(
                "appender", appender.isRunning() ? Health.OK : "can't go on",
                "tail", tail.isRunning() ? Health.OK : "can't go on"));
    }

    /**
     * Ready: the database takes events, its schema is current, they reach it, and the tail is near the head.
     *
     * @param service what is to be said of the service as a whole
     */
    Health ready(String service) {
        Map<String, String> checks = new TreeMap<>();
        checks.put("service", service);
        try {
            tail.headIs(tail.readHead());
            checks.put("database", log.isWritable() ? Health.OK : "is read-only");
            checks.put("schema", Objects.requireNonNullElse(schema.fault(), Health.OK));
        } catch (RuntimeException e) {
            FAILURES.say(e, "the database does not answer a health check");
            checks.put("database", "does not answer, see the service's log");
        }
        Duration failing = appender.failingFor();
        checks.put(
                "append",
                failing.isZero() ? Health.OK : "nothing could be stored for %d s".formatted(failing.toSeconds()));
        Duration lag = tail.behindFor();
        checks.put(
                "tail", lag.compareTo(MAX_LAG) <= 0 ? Health.OK : "is %d s behind the log".formatted(lag.toSeconds()));
        checks.put("wakeup", Health.OK + ": " + wakeUp.mode().name().toLowerCase(Locale.ROOT));
        return new Health(checks);
    }
}
