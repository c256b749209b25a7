package io.eventhandler.logs;

import io.eventhandler.logstore.LogOrigin;
import io.eventhandler.logstore.LogRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The records of a request that is being read. Who logged them may come before or after them: they get their origin when
 * all is read of their resource.
 */
final class RequestRecords {

    /** An empty record takes two bytes of a request, and many more here. */
    static final int MAX_RECORDS = 1 << 18;

    static final String UNKNOWN_SERVICE = "unknown_service";

    private static final String SERVICE_NAME = "service.name";
    private static final int MAX_SERVICE_BYTES = 255;
    private static final int MAX_LOGGER_BYTES = 1_024;
    private static final LogOrigin NOT_KNOWN_YET = new LogOrigin(UNKNOWN_SERVICE, null, null);

    /** The records from {@code start} on are of this logger. */
    private record Scope(int start, @Nullable String logger) {}

    private final List<LogRecord> records = new ArrayList<>();
    private final Map<LogOrigin, LogOrigin> origins = new HashMap<>();
    private int rejected;
    private @Nullable String reason;

    private int resourceIndex = -1;
    private int scopeIndex = -1;
    private int recordIndex = -1;

    private final List<Scope> scopes = new ArrayList<>(); // of the resource
    private Attributes resource = new Attributes();
    private String service = UNKNOWN_SERVICE;
    private @Nullable String logger;
    private int scopeStart;

    void beginResource() {
        resourceIndex++;
        scopeIndex = -1;
        recordIndex = -1;
        scopes.clear();
        resource = new Attributes();
        service = UNKNOWN_SERVICE;
    }

    Attributes resource() {
        return resource;
    }

    void resourceAttribute(Value key, Value value) {
        if (!key.text().equals(SERVICE_NAME)) {
            resource.put(key, value);
        } else {
            service = value.equals(Value.NOTHING) || value.text().isBlank()
                    ? UNKNOWN_SERVICE
                    : Texts.cut(value.text(), MAX_SERVICE_BYTES);
        }
    }

    void beginScope() {
        scopeIndex++;
        recordIndex = -1;
        logger = null;
        scopeStart = records.size();
    }

    void logger(Value name) {
        logger = name.text().isEmpty() ? null : Texts.cut(name.text(), MAX_LOGGER_BYTES);
    }

    RecordDraft beginRecord() {
        recordIndex++;
        return new RecordDraft();
    }

    void endRecord(RecordDraft draft) {
        String fault = draft.fault();
        if (fault == null && records.size() == MAX_RECORDS) {
            fault = "a request may have %d records at most".formatted(MAX_RECORDS);
        }
        if (fault == null) {
            records.add(draft.record(NOT_KNOWN_YET));
        } else {
            rejected++;
            if (reason == null) {
                reason = where() + ": " + fault;
            }
        }
    }

    void endScope() {
        if (records.size() > scopeStart) {
            scopes.add(new Scope(scopeStart, logger));
        }
    }

    void endResource() {
        String attributes = scopes.isEmpty() ? null : resource.json();
        for (int i = 0; i < scopes.size(); i++) {
            Scope scope = scopes.get(i);
            var origin = new LogOrigin(service, attributes, scope.logger());
            LogOrigin known = origins.putIfAbsent(origin, origin);
            int end = i + 1 < scopes.size() ? scopes.get(i + 1).start() : records.size();
            records.subList(scope.start(), end).replaceAll(record -> of(known == null ? origin : known, record));
        }
        scopeIndex = -1;
        recordIndex = -1;
    }

    private static LogRecord of(LogOrigin origin, LogRecord record) {
        return new LogRecord(
                origin,
                record.time(),
                record.observed(),
                record.severity(),
                record.severityText(),
                record.message(),
                record.attributes(),
                record.traceId(),
                record.spanId());
    }

    /** What is being read. */
    String where() {
        if (resourceIndex < 0) {
            return "the request";
        }
        var path = new StringBuilder("resourceLogs[").append(resourceIndex).append(']');
        if (scopeIndex >= 0) {
            path.append(".scopeLogs[").append(scopeIndex).append(']');
        }
        if (recordIndex >= 0) {
            path.append(".logRecords[").append(recordIndex).append(']');
        }
        return path.toString();
    }

    List<LogRecord> records() {
        return records;
    }

    int rejected() {
        return rejected;
    }

    @Nullable
    String reason() {
        return reason;
    }
}
