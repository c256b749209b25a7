package io.eventhandler.operations;

import io.eventhandler.service.Health;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Health as it was found a moment ago: however many ask, one check runs at a time, and no more than one in a while. Who
 * asks while it runs waits for it, but no longer than a probe would. Thread-safe.
 */
public final class RecentHealth implements Supplier<Health> {

    private static final Logger LOG = LoggerFactory.getLogger(RecentHealth.class);

    private final Supplier<Health> checks;
    private final Executor threads;
    private final Duration fresh;
    private final Duration patience;
    private @Nullable CompletableFuture<Health> latest;
    private long startedNanos;

    /**
     * @param threads where the checks run, which may block
     * @param fresh how long what was found holds, from the check's start
     * @param patience how long a check may take before it counts as failed
     */
    public RecentHealth(Supplier<Health> checks, Executor threads, Duration fresh, Duration patience) {
        this.checks = checks;
        this.threads = threads;
        this.fresh = fresh;
        this.patience = patience;
    }

    @Override
    public Health get() {
        try {
            return latest().get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return failed("take longer than %d ms: does the database answer?".formatted(patience.toMillis()));
        } catch (ExecutionException e) {
            LOG.warn("the checks failed", e);
            return failed("failed, see the service's log");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return failed("were interrupted");
        }
    }

    private static Health failed(String finding) {
        return new Health(Map.of("checks", finding));
    }

    private synchronized CompletableFuture<Health> latest() {
        CompletableFuture<Health> check = latest;
        long now = System.nanoTime();
        if (check == null || (check.isDone() && now - startedNanos >= fresh.toNanos())) {
            check = CompletableFuture.supplyAsync(checks, threads);
            latest = check;
            startedNanos = now;
        }
        return check;
    }
}
