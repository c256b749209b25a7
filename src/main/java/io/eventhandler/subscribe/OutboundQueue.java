package io.eventhandler.subscribe;

import io.eventhandler.fanout.Outbound;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;

/** What waits to be sent on one connection, and the one write that is under way. Thread-safe. */
final class OutboundQueue {

    private static final int MAX_FRAMES_PER_WRITE = 256;
    private static final int MAX_BYTES_PER_WRITE = 256 << 10;

    private final CoreSession session;
    private final Outbound.Encoder encoder;
    private final int maxEvents;
    private final long maxBytes;
    private final Writer writer = new Writer();

    private ArrayDeque<Outbound> waiting = new ArrayDeque<>(0); // guarded by this, like all below
    private long waitingBytes;
    private long lastSentId;
    private boolean awaitsFlush;
    private boolean closed;

    OutboundQueue(CoreSession session, Outbound.Encoder encoder, int maxEvents, long maxBytes) {
        this.session = session;
        this.encoder = encoder;
        this.maxEvents = maxEvents;
        this.maxBytes = maxBytes;
    }

    /** How an offer ended. */
    enum Offer {
        /** Taken; the first since the last flush. */
        FIRST,
        /** Taken. */
        TAKEN,
        /** Not taken, and nothing will be any more. */
        OVERFLOW,
        /** The connection has ended before. */
        CLOSED
    }

    synchronized Offer offer(Outbound message) {
        if (closed) {
            return Offer.CLOSED;
        }
        int size = message.bytes(encoder).length;
        if (!waiting.isEmpty() && (waiting.size() >= maxEvents || waitingBytes + size > maxBytes)) {
            return Offer.OVERFLOW;
        }
        waiting.add(message);
        waitingBytes += size;
        boolean first = !awaitsFlush;
        awaitsFlush = true;
        return first ? Offer.FIRST : Offer.TAKEN;
    }

    /** Starts a write, unless one is under way: then what waits goes out when that one is done. */
    void flush() {
        synchronized (this) {
            awaitsFlush = false;
        }
        writer.iterate();
    }

    /** Takes nothing more and forgets what waits. */
    synchronized void close() {
        closed = true;
        waiting = new ArrayDeque<>(0);
        waitingBytes = 0;
    }

    /** The id of the last event that was handed to the socket, 0 for none. */
    synchronized long lastSentId() {
        return lastSentId;
    }

    synchronized int size() {
        return waiting.size();
    }

    synchronized long bytes() {
        return waitingBytes;
    }

    private synchronized List<Outbound> takeForWrite() {
        List<Outbound> taken = new ArrayList<>(Math.min(waiting.size(), MAX_FRAMES_PER_WRITE));
        long bytes = 0;
        while (!waiting.isEmpty() && taken.size() < MAX_FRAMES_PER_WRITE && bytes < MAX_BYTES_PER_WRITE) {
            Outbound next = waiting.remove();
            bytes += next.bytes(encoder).length;
            lastSentId = Math.max(lastSentId, next.id());
            taken.add(next);
        }
        waitingBytes -= bytes;
        return taken;
    }

    /** Sends what waits as one write; runs again when that is done, for as long as something waits. */
    private final class Writer extends IteratingCallback {

        @Override
        protected Action process() {
            List<Outbound> messages = takeForWrite();
            if (messages.isEmpty()) {
                return Action.IDLE;
            }
            for (int i = 0; i < messages.size(); i++) {
                boolean last = i == messages.size() - 1;
                var frame = new Frame(
                        OpCode.TEXT, true, ByteBuffer.wrap(messages.get(i).bytes(encoder)));
                session.sendFrame(frame, last ? this : Callback.NOOP, !last);
            }
            return Action.SCHEDULED;
        }

        @Override
        protected void onCompleteFailure(Throwable cause) {
            OutboundQueue.this.close();
        }
    }
}
