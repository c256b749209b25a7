package io.eventhandler.logs;

import io.eventhandler.access.Access;
import io.eventhandler.access.Action;
import io.eventhandler.access.Principal;
import io.eventhandler.activity.ActivityLog;
import io.eventhandler.json.JsonWriter;
import io.eventhandler.limits.ClientLimits;
import io.eventhandler.limits.Limited;
import io.eventhandler.limits.ShareLimit;
import io.eventhandler.logstore.LogPage;
import io.eventhandler.logstore.LogQuery;
import io.eventhandler.logstore.LogReadException;
import io.eventhandler.logstore.LogReader;
import io.eventhandler.logstore.LogWriter;
import io.eventhandler.logstore.StoredLog;
import io.eventhandler.web.Accept;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.Caller;
import io.eventhandler.web.ClientAddress;
import io.eventhandler.web.Endpoint;
import io.eventhandler.web.Envelope;
import io.eventhandler.web.HttpAnswer;
import io.eventhandler.web.RequestBody;
import io.eventhandler.web.Routes;
import io.eventhandler.web.StreamedAnswer;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers {@code POST /v1/logs}, by which any service sends what it logs, and {@code GET /logs}, by which it is read. */
public final class LogsEndpoint implements Endpoint {

    private static final Logger LOG = LoggerFactory.getLogger(LogsEndpoint.class);
    private static final String LINES = "application/x-ndjson";
    private static final Duration STALL_TIMEOUT = Duration.ofMinutes(1);

    /** Answers that are written at once: each holds a page. */
    private static final int MAX_ANSWERS = 16;

    private final OtlpExchange.Surroundings surroundings;
    private final LogReader reader;
    private final ShareLimit perKey;
    private final Semaphore answers = new Semaphore(MAX_ANSWERS);

    /**
     * @param parsing where bodies are decoded
     * @param maxBytes of requests that may be held at once
     */
    public LogsEndpoint(
            LogWriter writer,
            LogReader reader,
            ActivityLog activity,
            Executor parsing,
            RequestBody.Pace pace,
            long maxBytes,
            ClientLimits clients,
            MeterRegistry registry) {
        this.surroundings = OtlpExchange.Surroundings.of(writer, activity, parsing, pace, maxBytes, registry);
        this.reader = reader;
        this.perKey = new ShareLimit(
                new Limited(registry, "logs_per_key"),
                "MAX_HISTORY_PER_KEY",
                "queries of logs",
                clients.historyPerKey());
    }

    @Override
    public void addTo(Routes routes) {
        routes.direct(HttpMethod.POST, "/v1/logs", (request, response, callback) -> {
            var exchange = new OtlpExchange(surroundings, request, response, callback);
            Request.addCompletionListener(request, failure -> exchange.ended());
            exchange.start();
            return true;
        });
        routes.get("/logs", this::list);
    }

    private void list(Context context) {
        String client = principal(context).account(ClientAddress.of(context).network());
        try {
            if (!perKey.take(client)) {
                throw perKey.refused();
            }
            if (!answers.tryAcquire()) {
                throw ApiException.unavailable("too many answers with logs are on their way, try again");
            }
            try {
                answer(context);
            } finally {
                answers.release();
            }
        } catch (LogReadException e) {
            throw translate(e);
        } finally {
            perKey.give(client);
        }
    }

    private static Principal principal(Context context) {
        return Caller.of(context, Principal.class);
    }

    private static ApiException translate(LogReadException e) {
        return switch (e.reason()) {
            case AWAY -> ApiException.unavailable("the database does not answer, try again");
            case BUSY -> ApiException.unavailable("too many queries of logs run now, try again");
            case TOO_SLOW ->
                new ApiException(504, "the query took too long: narrow it by service, level, since and until");
            case REFUSED -> ApiException.invalid("the query can't be compared with logs: " + e.getMessage());
        };
    }

    private void answer(Context context) {
        LogParameters parameters = LogParameters.of(context.queryString());
        String type = Accept.choose(context.header("Accept"), HttpAnswer.JSON, LINES);
        LogQuery query = parameters.select(Access.select(principal(context), Action.READ_LOGS, parameters.services()));
        if (context.method().equals(HandlerType.HEAD)) {
            context.header("Vary", "Accept").contentType(type);
            return;
        }
        LogPage page = reader.page(query);
        context.header("Vary", "Accept");
        List<StoredLog> records = page.records();
        if (page.more() && !records.isEmpty()) {
            String next = parameters.nextPage(query, records.getLast().id());
            context.header("Link", "<" + next + ">; rel=\"next\"");
        }
        boolean isLines = type.equals(LINES);
        try (var answer = new StreamedAnswer(context, type, STALL_TIMEOUT)) {
            String before = isLines ? "" : Envelope.opening("success") + "[";
            for (StoredLog stored : records) {
                var json = new JsonWriter(512).raw(before);
                LogJson.write(stored, json);
                answer.write(json.raw(isLines ? "\n" : "").toBytes());
                before = isLines ? "" : ",";
            }
            if (!isLines) {
                String end = (records.isEmpty() ? before : "") + "]" + Envelope.CLOSING;
                answer.write(end.getBytes(StandardCharsets.UTF_8));
            }
            answer.complete();
        } catch (IOException e) {
            LOG.debug("a client did not take its answer", e);
        }
    }
}
