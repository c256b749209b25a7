package io.eventhandler.cli;

import io.eventhandler.client.EventClient;
import io.eventhandler.client.PublishException;
import io.eventhandler.client.SubscribeOptions;
import io.eventhandler.client.Subscription;
import io.eventhandler.event.NewEvent;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures a running service. For one thread. */
@Command(
        mixinStandardHelpOptions = true,
        name = "bench",
        description = {
            "Measures how fast a running service stores and delivers events, from here and at what else it has to do.",
            "The events, named event-handler.bench, stay in its log."
        })
public final class BenchCommand extends ClientCommand {

    private static final String EVENT = "event-handler.bench";
    private static final int MAX_SECONDS = 600;
    private static final int MAX_IN_FLIGHT = 10_000;
    private static final int MAX_SUBSCRIBERS = 1_000;
    private static final int DIGITS = 13; // of nanoseconds, more than the longest run has
    private static final String PAYLOAD = "\"%s%0" + DIGITS + "d%s\"";
    private static final int MIN_SIZE = 2 + 16 + DIGITS;
    private static final int MAX_SIZE = 500_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Option(names = "--seconds", paramLabel = "N", description = "how long, 10 by default")
    private int seconds = 10;

    @Option(names = "--in-flight", paramLabel = "N", description = "how many publish at the same time, 64 by default")
    private int inFlight = 64;

    @Option(names = "--subscribers", paramLabel = "N", description = "how many receive each event, 1 by default")
    private int subscribers = 1;

    @Option(names = "--size", paramLabel = "BYTES", description = "of a payload, 100 by default")
    private int size = 100;

    private final Latencies published = new Latencies();
    private final Latencies received = new Latencies();
    private final long startNanos = System.nanoTime();
    private final String run = HexFormat.of().toHexDigits(new SecureRandom().nextLong());
    private final AtomicReference<@Nullable PublishException> failure = new AtomicReference<>();

    @Override
    void run(EventClient client, ServiceAddress service) throws Exception {
        check("--seconds", seconds, 1, MAX_SECONDS);
        check("--in-flight", inFlight, 1, MAX_IN_FLIGHT);
        check("--subscribers", subscribers, 0, MAX_SUBSCRIBERS);
        check("--size", size, MIN_SIZE, MAX_SIZE);
        service.requireListener();
        for (Subscription subscription : subscribe(client)) {
            subscription.subscribed().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        var out = new Output();
        double publishing = publish(client);
        PublishException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        out.line(String.format(
                Locale.ROOT,
                "published %,d events in %.1f s: %,.0f/s, each stored after %s",
                published.count(),
                publishing,
                published.count() / publishing,
                published));
        if (subscribers > 0) {
            report(out);
        }
        out.flush();
    }

    private static void check(String option, int value, int from, int to) {
        if (value < from || value > to) {
            throw CommandException.misused("%s is from %,d to %,d, not %d".formatted(option, from, to, value));
        }
    }

    private List<Subscription> subscribe(EventClient client) {
        List<Subscription> all = new ArrayList<>();
        for (int i = 0; i < subscribers; i++) {
            all.add(client.subscribe(SubscribeOptions.of(EVENT), event -> {
                String payload = new String(event.payload(), StandardCharsets.US_ASCII);
                if (payload.startsWith(run, 1)) { // others may measure at the same time
                    long at = Long.parseLong(payload, 1 + run.length(), 1 + run.length() + DIGITS, 10);
                    received.add(sinceStart() - at);
                }
            }));
        }
        return all;
    }

    private long sinceStart() {
        return System.nanoTime() - startNanos;
    }

    /** Returns how many seconds it took. */
    private double publish(EventClient client) throws InterruptedException {
        long begun = sinceStart();
        long end = begun + TimeUnit.SECONDS.toNanos(seconds);
        List<Thread> publishers = new ArrayList<>();
        for (int i = 0; i < inFlight; i++) {
            publishers.add(Thread.ofVirtual().start(() -> {
                while (sinceStart() < end && failure.get() == null) {
                    publishOne(client);
                }
            }));
        }
        for (Thread publisher : publishers) {
            publisher.join();
        }
        return (sinceStart() - begun) / 1e9;
    }

    private void publishOne(EventClient client) {
        long at = sinceStart();
        String text = PAYLOAD.formatted(run, at, "x".repeat(size - MIN_SIZE));
        try {
            client.publish(
                    new NewEvent(EVENT, NewEvent.DEFAULT_SOURCE, text.getBytes(StandardCharsets.US_ASCII), null, null));
            published.add(sinceStart() - at);
        } catch (PublishException e) {
            failure.compareAndSet(null, e);
        }
    }

    private void report(Output out) throws InterruptedException {
        long wanted = published.count() * subscribers;
        long begun = System.nanoTime();
        while (received.count() < wanted && System.nanoTime() - begun < PATIENCE.toNanos()) {
            Thread.sleep(1);
        }
        out.line(String.format(
                Locale.ROOT,
                "delivered %,d of %,d to %d subscribers, each received after %s",
                received.count(),
                wanted,
                subscribers,
                received));
        out.flush();
        if (received.count() != wanted) {
            throw CommandException.failed("not each event arrived once", null);
        }
    }
}
