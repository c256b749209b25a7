package io.eventhandler.logs;

import io.eventhandler.logstore.LogOrigin;
import io.eventhandler.logstore.LogRecord;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** A record that is being read. */
final class RecordDraft {

    /** Tells how many bytes the message had before it was cut. */
    static final String CUT = "eventhandler.cut";

    private static final int MAX_SEVERITY = 24;
    private static final int MAX_SEVERITY_BYTES = 255;
    private static final long NANOS = 1_000_000_000;
    private static final Value EVENT_NAME = Value.text("event.name");

    private final Attributes attributes = new Attributes();
    private @Nullable Instant time;
    private @Nullable Instant observed;
    private int severity;
    private @Nullable String severityText;
    private Value message = Value.NOTHING;
    private @Nullable String traceId;
    private @Nullable String spanId;
    private @Nullable String fault;

    Attributes attributes() {
        return attributes;
    }

    /** Nanoseconds since 1970, without a sign; 0 for unknown. */
    void time(long nanos) {
        time = instant(nanos);
    }

    /** Like {@link #time}. */
    void observed(long nanos) {
        observed = instant(nanos);
    }

    private static @Nullable Instant instant(long nanos) {
        return nanos == 0
                ? null
                : Instant.ofEpochSecond(Long.divideUnsigned(nanos, NANOS), Long.remainderUnsigned(nanos, NANOS));
    }

    void severity(long number) {
        severity = number < 0 || number > MAX_SEVERITY ? 0 : (int) number;
    }

    void severityText(Value text) {
        severityText = text.text().isEmpty() ? null : Texts.cut(text.text(), MAX_SEVERITY_BYTES);
    }

    void message(Value body) {
        message = body;
    }

    /** What kind of event it tells of, which OpenTelemetry had among the attributes before. */
    void eventName(Value name) {
        if (!name.text().isEmpty()) {
            attributes.put(EVENT_NAME, name);
        }
    }

    void traceId(byte[] id) {
        traceId = id("trace", id, 16);
    }

    void spanId(byte[] id) {
        spanId = id("span", id, 8);
    }

    private @Nullable String id(String kind, byte[] id, int length) {
        if (id.length != 0 && id.length != length) {
            fault("its %s id has %d bytes, it must have %d or none".formatted(kind, id.length, length));
            return null;
        }
        for (byte b : id) {
            if (b != 0) {
                return HexFormat.of().formatHex(id);
            }
        }
        return null;
    }

    /** Why it can't be taken; the first reason counts. */
    void fault(String reason) {
        if (fault == null) {
            fault = reason;
        }
    }

    @Nullable
    String fault() {
        return fault;
    }

    LogRecord record(LogOrigin origin) {
        if (message.isCut()) {
            attributes.mark(CUT, message.bytes());
        }
        return new LogRecord(
                origin,
                time,
                observed,
                severity,
                severityText,
                message.equals(Value.NOTHING) ? "" : message.text(),
                attributes.json(),
                traceId,
                spanId);
    }
}
