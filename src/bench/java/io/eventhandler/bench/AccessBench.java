package io.eventhandler.bench;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** What access costs: publishing with credentials, each at a replica of its own, beside publishing without, and idle connections. */
final class AccessBench {

    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final Duration ROUND = Duration.ofSeconds(4);
    private static final int ROUNDS = 6;
    private static final int PUBLISHERS = 64;
    private static final String NAME = "bench.access";

    private static final String ADMIN_KEY = "a-key-of-the-bench-with-32-characters-at-least";
    private static final String SECRET = "a-secret-of-the-bench-with-32-bytes-at-least";
    private static final Map<String, String> REQUIRED = Map.of(
            "AUTH", "required",
            "ADMIN_KEY", ADMIN_KEY,
            "JWT_SECRET", SECRET,
            "JWT_ISSUER", "bench",
            "JWT_AUDIENCE", "bench");

    private AccessBench() {}

    /** One way to publish, and what it has come to. */
    private static final class Way {
        private final String credential;
        private final Publishers publishers;
        private double rates;

        Way(String credential, Service service, @Nullable String token) {
            this.credential = credential;
            this.publishers = new Publishers(service.port(), NAME, token);
        }

        double rate() {
            return rates / ROUNDS;
        }
    }

    static void measure(Bench.Run run) throws Exception {
        measurePublishing(run);
        measureConnections(run);
    }

    /** In turn, so that what else goes on meets all ways; each round begins with another one. */
    private static void measurePublishing(Bench.Run run) throws Exception {
        try (var open = new Service(run.url());
                var withKey = new Service(run.url(), REQUIRED);
                var withJwt = new Service(run.url(), REQUIRED)) {
            var none = new Way("no credential", open, null);
            List<Way> ways = List.of(
                    none,
                    new Way("an API key", withKey, apiKey(withKey)),
                    new Way("a JSON Web Token", withJwt, jsonWebToken()));
            for (Way way : ways) {
                way.publishers.closedLoop(PUBLISHERS, 1, WARM_UP);
            }
            List<Way> order = new ArrayList<>(ways);
            for (int round = 0; round < ROUNDS; round++) {
                for (Way way : order) {
                    way.rates += way.publishers.closedLoop(PUBLISHERS, 1, ROUND);
                }
                Collections.rotate(order, 1);
            }
            for (Way way : ways) {
                run.table()
                        .row(
                                "publish, singles, %d connections, %s".formatted(PUBLISHERS, way.credential),
                                "%,.0f events/s".formatted(way.rate()),
                                Table.times(way.rate(), none.rate()));
            }
        }
    }

    private static void measureConnections(Bench.Run run) throws Exception {
        MemoryBench.Idle without;
        try (var service = new Service(run.url())) {
            without = MemoryBench.idle(service, null);
        }
        MemoryBench.Idle with;
        try (var service = new Service(run.url(), REQUIRED)) {
            with = MemoryBench.idle(service, apiKey(service));
        }
        run.table().row("idle connection, %,d of them".formatted(MemoryBench.CONNECTIONS), without.toString());
        run.table()
                .row(
                        "idle connection with an API key",
                        with.toString(),
                        "%+,d bytes, %+,d of them heap"
                                .formatted(with.bytes() - without.bytes(), with.heap() - without.heap()));
    }

    private static String apiKey(Service service) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:%d/keys".formatted(service.port())))
                    .header("Authorization", "Bearer " + ADMIN_KEY)
                    .header("Content-Type", "application/json")
                    .POST(
                            BodyPublishers.ofString(
                                    "{\"name\":\"bench\",\"grants\":[{\"actions\":[\"publish\",\"subscribe\"],\"event_names\":[\"bench.>\"]}]}"))
                    .build();
            String answer = http.send(request, BodyHandlers.ofString()).body();
            return new JsonMapper().readTree(answer).at("/data/key").stringValue();
        }
    }

    private static String jsonWebToken() throws JOSEException {
        var claims = new JWTClaimsSet.Builder()
                .issuer("bench")
                .audience("bench")
                .subject("bench")
                .expirationTime(Date.from(Instant.now().plus(Duration.ofHours(1))))
                .claim("grants", List.of(Map.of("actions", List.of("publish"), "event_names", List.of("bench.>"))))
                .build();
        var token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
        token.sign(new MACSigner(SECRET));
        return token.serialize();
    }
}
