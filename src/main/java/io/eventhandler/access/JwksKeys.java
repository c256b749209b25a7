package io.eventhandler.access;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.util.JSONObjectUtils;
import io.eventhandler.lifecycle.BackgroundThread;
import io.eventhandler.lifecycle.Failures;
import io.eventhandler.web.ApiException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of a JSON Web Key Set (RFC 7517, section 5) at an address. It is fetched every few minutes, and once more when a
 * token names a key that it does not have, but never twice within a pause, whatever tokens name: one fetch is under
 * way at most, and nobody waits for it whose key is known. Keys stay good for a while when it can't be fetched.
 * Thread-safe.
 */
final class JwksKeys implements JwtKeys {

    private static final int MAX_BYTES = 256 << 10;
    private static final int MAX_KEYS = 100;

    private static final Logger LOG = LoggerFactory.getLogger(JwksKeys.class);
    private static final Failures FAILURES = new Failures(LOG);

    private final URI url;
    private final Times times;
    private final ReentrantLock fetching = new ReentrantLock();
    private final BackgroundThread refreshing =
            new BackgroundThread(Thread.ofVirtual().name("jwks"), this::refresh);
    private volatile @Nullable Fetched known;
    private volatile @Nullable Attempt last;

    /**
     * How long everything takes.
     *
     * @param interval how often it is fetched, hence how long a key counts that was taken out of it
     * @param pause the least time between two fetches
     * @param trust how long its keys are believed in
     * @param timeout of a fetch, to its last byte
     */
    record Times(Duration interval, Duration pause, Duration trust, Duration timeout) {

        static final Times DEFAULT =
                new Times(Duration.ofMinutes(5), Duration.ofSeconds(5), Duration.ofHours(1), Duration.ofSeconds(5));
    }

    private record Fetched(List<JwtKey> keys, long nanos) {}

    private record Attempt(boolean failed, long nanos) {}

    JwksKeys(URI url, Times times) {
        this.url = url;
        this.times = times;
    }

    @Override
    public void start() {
        refreshing.start();
    }

    @Override
    public void stop() {
        refreshing.stop();
    }

    private boolean refresh() throws InterruptedException {
        fetch(known);
        Attempt attempt = last;
        Thread.sleep(attempt != null && attempt.failed ? times.pause : times.interval);
        return true;
    }

    @Override
    public List<JwtKey> find(@Nullable String id) {
        Fetched before = known;
        List<JwtKey> found = of(id, before);
        if (!found.isEmpty()) {
            return found;
        }
        try {
            fetch(before);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Attempt attempt = last;
        found = of(id, known);
        if (found.isEmpty() && (attempt == null || attempt.failed)) {
            throw ApiException.unavailable("the keys of tokens can't be fetched now, try again");
        }
        return found;
    }

    private List<JwtKey> of(@Nullable String id, @Nullable Fetched fetched) {
        if (fetched == null || System.nanoTime() - fetched.nanos > times.trust.toNanos()) {
            return List.of();
        }
        return id == null
                ? fetched.keys
                : fetched.keys.stream().filter(key -> id.equals(key.id())).toList();
    }

    /**
     * Fetches it, unless that was done a moment ago.
     *
     * @param before what whoever asks has seen
     */
    private void fetch(@Nullable Fetched before) throws InterruptedException {
        fetching.lockInterruptibly();
        try {
            Attempt attempt = last;
            boolean isEarly = attempt != null && System.nanoTime() - attempt.nanos < times.pause.toNanos();
            if (isEarly || !Objects.equals(known, before)) {
                return;
            }
            boolean failed = true;
            try {
                known = new Fetched(parse(get()), System.nanoTime());
                failed = false;
            } catch (IOException | ParseException e) {
                FAILURES.say(e, "the JSON Web Key Set can't be fetched");
            } finally {
                last = new Attempt(failed, System.nanoTime());
            }
        } finally {
            fetching.unlock();
        }
    }

    /** A client of its own for each: between two fetches nothing of it is kept. */
    private byte[] get() throws IOException, InterruptedException {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(times.timeout)
                .build();
        try {
            HttpRequest request = HttpRequest.newBuilder(url)
                    .timeout(times.timeout)
                    .header("Accept", "application/jwk-set+json, application/json")
                    .build();
            HttpResponse<byte[]> response = client.sendAsync(
                            request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BYTES))
                    .get(times.timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (response.statusCode() != 200) {
                throw new IOException("it was answered with " + response.statusCode());
            }
            return response.body();
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            throw new IOException("there was no whole answer within %d ms".formatted(times.timeout.toMillis()), e);
        } finally {
            client.shutdownNow();
        }
    }

    /** What is no key that tokens are checked with is passed over (RFC 7517, section 5). */
    private static List<JwtKey> parse(byte[] content) throws ParseException {
        Map<String, Object>[] all = JSONObjectUtils.getJSONObjectArray(
                JSONObjectUtils.parse(new String(content, StandardCharsets.UTF_8)), "keys");
        if (all == null) {
            throw new ParseException("it has no keys", 0);
        }
        List<JwtKey> keys = new ArrayList<>();
        for (Map<String, Object> one : all) {
            JwtKey key = one == null ? null : key(one);
            if (key != null && keys.size() < MAX_KEYS) {
                keys.add(key);
            }
        }
        return List.copyOf(keys);
    }

    private static @Nullable JwtKey key(Map<String, Object> members) {
        try {
            return JwtKey.of(JWK.parse(members));
        } catch (ParseException | IllegalArgumentException | IllegalStateException e) {
            LOG.debug("a key of the JSON Web Key Set is none", e);
            return null;
        }
    }
}
