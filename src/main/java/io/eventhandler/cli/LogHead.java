package io.eventhandler.cli;

import io.eventhandler.client.Cursor;
import io.eventhandler.client.CursorStore;
import io.eventhandler.client.EventClient;
import io.eventhandler.client.SubscribeException;
import io.eventhandler.client.SubscribeOptions;
import io.eventhandler.client.Subscription;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Where the log ends: a subscription knows it when it begins. */
final class LogHead {

    private static final List<String> EVERYTHING = List.of(">");
    private static final int TIMEOUT_SECONDS = 20;

    private LogHead() {}

    /**
     * The newest id.
     *
     * @param patterns that may be subscribed to, all without any
     */
    static long of(EventClient client, List<String> patterns)
            throws SubscribeException, InterruptedException, TimeoutException {
        var first = new CompletableFuture<Cursor>();
        var store = new CursorStore() {
            @Override
            public @Nullable Cursor load() {
                return null;
            }

            @Override
            public void save(Cursor position) {
                first.complete(position);
            }
        };
        SubscribeOptions options =
                SubscribeOptions.of(patterns.isEmpty() ? EVERYTHING : patterns).cursor(store);
        try (Subscription subscription = client.subscribe(options, event -> {})) {
            CompletableFuture.anyOf(first, subscription.ended()).get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            return first.join().id();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SubscribeException refused) {
                throw refused;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
