package io.eventhandler.logs;

import com.google.protobuf.CodedInputStream;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.resource.v1.Resource;
import java.io.IOException;
import java.util.Arrays;

/**
 * Reads a request in protobuf, field by field: the generated classes would take many times its size, and refuse all of it
 * for one text that is not UTF-8. They name the fields here.
 */
final class ProtobufRequest {

    // How a field is encoded: the lower bits of what is before it.
    private static final int TYPE_BITS = 3;
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int SIZED = 2;

    private static final int GZIP = 0x1f; // and no protobuf

    private final byte[] body;
    private final CodedInputStream in;
    private final RequestRecords request;

    /** Reads a field, or says that it doesn't know it. */
    @FunctionalInterface
    private interface Fields {
        boolean read(int tag) throws IOException;
    }

    /** Gets an attribute. */
    @FunctionalInterface
    private interface Members {
        void put(Value key, Value value);
    }

    private ProtobufRequest(byte[] body, RequestRecords request) {
        this.body = body;
        this.in = CodedInputStream.newInstance(body);
        this.request = request;
    }

    static void read(byte[] body, RequestRecords request) {
        var reader = new ProtobufRequest(body, request);
        try {
            reader.fields(reader::requestField);
        } catch (IOException e) { // its message tells of the parser
            throw reader.malformed();
        }
    }

    private MalformedOtlpException malformed() {
        int first = body.length == 0 ? 0 : body[0] & 0xff;
        String hint = first == GZIP
                ? ": it looks like gzip, which Content-Encoding must say"
                : first == '{' || first == '[' ? ": it looks like JSON, which Content-Type must say" : "";
        return new MalformedOtlpException(
                "the body is not an ExportLogsServiceRequest in protobuf, or a part of one, from byte %d of %d on (%s)%s"
                        .formatted(in.getTotalBytesRead(), body.length, request.where(), hint));
    }

    private void fields(Fields fields) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (!fields.read(tag) && !in.skipField(tag)) {
                throw malformed(); // the end of a group that did not begin
            }
        }
    }

    private void message(Fields fields) throws IOException {
        int outer = in.pushLimit(in.readRawVarint32());
        fields(fields);
        in.popLimit(outer);
    }

    private boolean requestField(int tag) throws IOException {
        if (tag != (ExportLogsServiceRequest.RESOURCE_LOGS_FIELD_NUMBER << TYPE_BITS | SIZED)) {
            return false;
        }
        request.beginResource();
        message(this::resourceLogsField);
        request.endResource();
        return true;
    }

    private boolean resourceLogsField(int tag) throws IOException {
        switch (tag) {
            case ResourceLogs.RESOURCE_FIELD_NUMBER << TYPE_BITS | SIZED -> message(this::resourceField);
            case ResourceLogs.SCOPE_LOGS_FIELD_NUMBER << TYPE_BITS | SIZED -> {
                request.beginScope();
                message(this::scopeLogsField);
                request.endScope();
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean resourceField(int tag) throws IOException {
        switch (tag) {
            case Resource.ATTRIBUTES_FIELD_NUMBER << TYPE_BITS | SIZED -> member(request::resourceAttribute, 0);
            case Resource.DROPPED_ATTRIBUTES_COUNT_FIELD_NUMBER << TYPE_BITS | VARINT ->
                request.resource().dropped(Integer.toUnsignedLong(in.readUInt32()));
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean scopeLogsField(int tag) throws IOException {
        switch (tag) {
            case ScopeLogs.SCOPE_FIELD_NUMBER << TYPE_BITS | SIZED -> message(this::scopeField);
            case ScopeLogs.LOG_RECORDS_FIELD_NUMBER << TYPE_BITS | SIZED -> {
                RecordDraft draft = request.beginRecord();
                message(field -> recordField(field, draft));
                request.endRecord(draft);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean scopeField(int tag) throws IOException {
        if (tag != (InstrumentationScope.NAME_FIELD_NUMBER << TYPE_BITS | SIZED)) {
            return false;
        }
        request.logger(text());
        return true;
    }

    private boolean recordField(int tag, RecordDraft draft) throws IOException {
        switch (tag) {
            case LogRecord.TIME_UNIX_NANO_FIELD_NUMBER << TYPE_BITS | FIXED64 -> draft.time(in.readFixed64());
            case LogRecord.OBSERVED_TIME_UNIX_NANO_FIELD_NUMBER << TYPE_BITS | FIXED64 ->
                draft.observed(in.readFixed64());
            case LogRecord.SEVERITY_NUMBER_FIELD_NUMBER << TYPE_BITS | VARINT -> draft.severity(in.readInt64());
            case LogRecord.SEVERITY_TEXT_FIELD_NUMBER << TYPE_BITS | SIZED -> draft.severityText(text());
            case LogRecord.BODY_FIELD_NUMBER << TYPE_BITS | SIZED -> draft.message(value(0));
            case LogRecord.ATTRIBUTES_FIELD_NUMBER << TYPE_BITS | SIZED -> member(draft.attributes()::put, 0);
            case LogRecord.DROPPED_ATTRIBUTES_COUNT_FIELD_NUMBER << TYPE_BITS | VARINT ->
                draft.attributes().dropped(Integer.toUnsignedLong(in.readUInt32()));
            case LogRecord.TRACE_ID_FIELD_NUMBER << TYPE_BITS | SIZED -> draft.traceId(bytes());
            case LogRecord.SPAN_ID_FIELD_NUMBER << TYPE_BITS | SIZED -> draft.spanId(bytes());
            case LogRecord.EVENT_NAME_FIELD_NUMBER << TYPE_BITS | SIZED -> draft.eventName(text());
            default -> {
                return false;
            }
        }
        return true;
    }

    /** Reads a {@code KeyValue}. */
    private void member(Members members, int depth) throws IOException {
        int outer = in.pushLimit(in.readRawVarint32());
        Value key = Value.EMPTY;
        Value value = Value.NOTHING;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case KeyValue.KEY_FIELD_NUMBER << TYPE_BITS | SIZED -> key = text();
                case KeyValue.VALUE_FIELD_NUMBER << TYPE_BITS | SIZED -> value = value(depth);
                default -> skip(tag);
            }
        }
        in.popLimit(outer);
        members.put(key, value);
    }

    /** Reads an {@code AnyValue}; the last one that is set counts. */
    private Value value(int depth) throws IOException {
        int outer = in.pushLimit(in.readRawVarint32());
        Value value = Value.NOTHING;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case AnyValue.STRING_VALUE_FIELD_NUMBER << TYPE_BITS | SIZED -> value = text();
                case AnyValue.BOOL_VALUE_FIELD_NUMBER << TYPE_BITS | VARINT ->
                    value = Value.json(String.valueOf(in.readBool()));
                case AnyValue.INT_VALUE_FIELD_NUMBER << TYPE_BITS | VARINT ->
                    value = Value.json(String.valueOf(in.readInt64()));
                case AnyValue.DOUBLE_VALUE_FIELD_NUMBER << TYPE_BITS | FIXED64 -> value = Value.number(in.readDouble());
                case AnyValue.ARRAY_VALUE_FIELD_NUMBER << TYPE_BITS | SIZED -> value = array(depth);
                case AnyValue.KVLIST_VALUE_FIELD_NUMBER << TYPE_BITS | SIZED -> value = map(depth);
                case AnyValue.BYTES_VALUE_FIELD_NUMBER << TYPE_BITS | SIZED -> {
                    int length = in.readRawVarint32();
                    value = Value.binary(body, skipBytes(length), length);
                }
                default -> skip(tag);
            }
        }
        in.popLimit(outer);
        return value;
    }

    private Value array(int depth) throws IOException {
        if (depth == Value.MAX_DEPTH) {
            return tooDeep();
        }
        var array = new ValueArray();
        message(tag -> {
            if (tag != (ArrayValue.VALUES_FIELD_NUMBER << TYPE_BITS | SIZED)) {
                return false;
            }
            array.add(value(depth + 1));
            return true;
        });
        return array.value();
    }

    private Value map(int depth) throws IOException {
        if (depth == Value.MAX_DEPTH) {
            return tooDeep();
        }
        var map = new ValueMap();
        message(tag -> {
            if (tag != (KeyValueList.VALUES_FIELD_NUMBER << TYPE_BITS | SIZED)) {
                return false;
            }
            member(map::put, depth + 1);
            return true;
        });
        return map.value();
    }

    private Value tooDeep() throws IOException {
        skipBytes(in.readRawVarint32());
        return Value.TOO_DEEP;
    }

    private void skip(int tag) throws IOException {
        if (!in.skipField(tag)) {
            throw malformed();
        }
    }

    private Value text() throws IOException {
        int length = in.readRawVarint32();
        return Value.text(body, skipBytes(length), length);
    }

    /** An id. */
    private byte[] bytes() throws IOException {
        int length = in.readRawVarint32();
        int start = skipBytes(length);
        return Arrays.copyOfRange(body, start, start + length);
    }

    /** Goes on behind so many bytes, and says where they start. */
    private int skipBytes(int length) throws IOException {
        int start = in.getTotalBytesRead();
        in.skipRawBytes(length);
        return start;
    }
}
