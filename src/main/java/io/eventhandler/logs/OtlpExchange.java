package io.eventhandler.logs;

import io.eventhandler.access.Action;
import io.eventhandler.access.Principal;
import io.eventhandler.activity.ActivityLog;
import io.eventhandler.json.Excerpt;
import io.eventhandler.json.MediaType;
import io.eventhandler.logstore.LogQueueFullException;
import io.eventhandler.logstore.LogRecord;
import io.eventhandler.logstore.LogWriter;
import io.eventhandler.web.ApiException;
import io.eventhandler.web.ByteBudget;
import io.eventhandler.web.Caller;
import io.eventhandler.web.ContentCoding;
import io.eventhandler.web.Credential;
import io.eventhandler.web.HttpAnswer;
import io.eventhandler.web.RequestBody;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request to store logs, from its headers to its answer, which is encoded as the request was. Whatever ends it, {@link
 * #ended} gives back what it took. One call at a time, on whatever thread goes on with it.
 */
final class OtlpExchange implements RequestBody.Receiver {

    private static final Logger LOG = LoggerFactory.getLogger(OtlpExchange.class);

    /** What OTLP asks servers to take. */
    private static final int MAX_BODY = 64 << 20;

    /** What is decoded takes a few times its size. */
    private static final int EXPANSION = 3;

    /**
     * What all exchanges share.
     *
     * @param parsing where bodies are decoded
     * @param maxBody the largest, before it was compressed
     */
    record Surroundings(
            LogWriter writer,
            ActivityLog activity,
            Executor parsing,
            RequestBody.Pace pace,
            ByteBudget budget,
            int maxBody,
            LogsMetrics metrics) {

        /**
         * @param maxBytes of requests that may be held at once
         */
        static Surroundings of(
                LogWriter writer,
                ActivityLog activity,
                Executor parsing,
                RequestBody.Pace pace,
                long maxBytes,
                MeterRegistry registry) {
            int maxBody = (int) Math.min(MAX_BODY, maxBytes / (EXPANSION + 1));
            return new Surroundings(
                    writer, activity, parsing, pace, new ByteBudget(maxBytes), maxBody, new LogsMetrics(registry));
        }

        String bodySize() {
            return "at most %d bytes".formatted(maxBody);
        }
    }

    private final Surroundings of;
    private final Request request;
    private final Response response;
    private final Callback callback;
    private final ByteBudget.Share room;
    private final long startNanos = System.nanoTime();
    private final AtomicBoolean answered = new AtomicBoolean();
    private OtlpEncoding encoding = OtlpEncoding.JSON;
    private ContentCoding coding = ContentCoding.IDENTITY;

    OtlpExchange(Surroundings of, Request request, Response response, Callback callback) {
        this.of = of;
        this.request = request;
        this.response = response;
        this.callback = callback;
        this.room = of.budget().share();
    }

    /** The request has ended, with an answer or without one. */
    void ended() {
        room.close();
    }

    /** Reads the request and answers it. */
    void start() {
        try {
            encoding = encoding();
            ContentCoding named = ContentCoding.of(request.getHeaders());
            if (named == null) {
                throw new ApiException(415, "Content-Encoding must be gzip, or left out")
                        .with(HttpHeader.ACCEPT_ENCODING, ContentCoding.ACCEPTED);
            }
            coding = named;
            if (!caller().allows(Action.WRITE_LOGS)) {
                throw Credential.forbidden(
                        "this credential may not do this: it needs a grant of " + Action.WRITE_LOGS.text());
            }
            RequestBody.read(request, of.maxBody(), of.bodySize(), of.pace(), room, this);
        } catch (ApiException refusal) {
            RequestBody.discard(request, of.pace(), room, refusal, this);
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    private OtlpEncoding encoding() {
        String header = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        MediaType type = header == null ? null : MediaType.of(header);
        OtlpEncoding known = type == null ? null : OtlpEncoding.of(type);
        if (known == null) {
            throw new ApiException(
                    415,
                    "Content-Type must be application/x-protobuf or application/json, %s"
                            .formatted(header == null ? "there is none" : "not '" + Excerpt.of(header) + "'"));
        }
        return known;
    }

    private Principal caller() {
        return Caller.of(request, Principal.class);
    }

    @Override
    public void received(byte[] body) {
        of.parsing().execute(() -> append(body));
    }

    private void append(byte[] body) {
        try {
            byte[] text = coding.decode(body, of.maxBody(), of.bodySize(), room);
            if (!room.take((long) EXPANSION * text.length)) {
                throw busy("too many logs are being read");
            }
            OtlpLogs.Decoded decoded = OtlpLogs.decode(text, encoding);
            check(decoded.records());
            var outcome = of.writer().append(decoded.records()).whenComplete((nothing, failure) -> {
                if (failure == null) {
                    stored(decoded);
                } else {
                    failed(translate(failure));
                }
            });
            LOG.trace("{} records wait: {}", decoded.records().size(), outcome);
        } catch (MalformedOtlpException e) {
            failed(new ApiException(400, String.valueOf(e.getMessage())));
        } catch (LogQueueFullException e) {
            failed(busy(String.valueOf(e.getMessage())));
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    private static ApiException busy(String why) {
        return ApiException.unavailable("not stored: %s, try again".formatted(why));
    }

    private void check(List<LogRecord> records) {
        Principal caller = caller();
        @Nullable String last = null;
        for (LogRecord log : records) {
            String service = log.origin().service();
            if (!service.equals(last) && !caller.allows(Action.WRITE_LOGS, service)) {
                throw Credential.forbidden(caller.refusal(Action.WRITE_LOGS, service));
            }
            last = service;
        }
    }

    private static Throwable translate(Throwable failure) {
        String state = failure instanceof SQLException e ? e.getSQLState() : null;
        return state != null && (state.startsWith("22") || state.startsWith("54"))
                ? new ApiException(400, "not stored: PostgreSQL can't keep these records: " + failure.getMessage())
                : busy("the database does not store logs now");
    }

    private void stored(OtlpLogs.Decoded decoded) {
        if (answered.compareAndSet(false, true)) {
            of.metrics().stored(decoded.rejected(), startNanos);
            write(200, OtlpAnswer.accepted(encoding, decoded.rejected(), decoded.reason()));
        }
    }

    @Override
    public void failed(Throwable failure) {
        ApiException error;
        if (failure instanceof ApiException known) {
            error = known;
        } else {
            LOG.error("logs of a service could not be taken", failure);
            error = new ApiException(500, "internal error, see the service's log");
        }
        if (answered.compareAndSet(false, true)) {
            of.metrics().refused(error.status(), startNanos);
            HttpAnswer.prepareError(request, response, error, of.activity());
            write(error.status(), OtlpAnswer.error(encoding, error.status(), error.getMessage()));
        }
    }

    private void write(int status, byte[] body) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, encoding.contentType());
        response.write(true, ByteBuffer.wrap(body), callback);
    }
}
