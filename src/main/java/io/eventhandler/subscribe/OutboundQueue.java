package io.eventhandler.subscribe;

import io.eventhandler.fanout.Message;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;

/** What waits to be sent on one connection, and the one write that is under way. Thread-safe. */
final class OutboundQueue {

    private static final int MAX_MESSAGES_PER_WRITE = 256;
    private static final int MAX_BYTES_PER_WRITE = 256 << 10;

    /** Where messages go. */
    interface Sink {

        /** Writes them all, at least one, in this order and without blocking; completes the callback once. */
        void write(List<Message> messages, Callback callback);

        /** Nothing more comes: the queue was closed, and no write is under way. Called once. */
        void end();
    }

    private final Sink sink;
    private final int maxEvents;
    private final long maxBytes;
    private final Writer writer = new Writer();

    private ArrayDeque<Message> waiting = new ArrayDeque<>(0); // guarded by this, like all below
    private long waitingBytes;
    private long lastOfferedId;
    private long lastSentId;
    private boolean awaitsFlush;
    private boolean awaitsRoom;
    private boolean closed;
    private boolean ended;

    OutboundQueue(Sink sink, SubscriberLimits limits) {
        this.sink = sink;
        this.maxEvents = limits.maxQueuedEvents();
        this.maxBytes = limits.maxQueuedBytes();
    }

    /** How an offer ended. */
    enum Offer {
        /** Taken; the first since the last flush. */
        FIRST,
        /** Taken, or the same event as before. */
        TAKEN,
        /** Not taken, and nothing will be any more. */
        OVERFLOW,
        /** The connection has ended before. */
        CLOSED
    }

    synchronized Offer offer(Message message) {
        if (closed) {
            return Offer.CLOSED;
        }
        if (message.id() != 0) {
            if (message.id() == lastOfferedId) {
                return Offer.TAKEN;
            }
            lastOfferedId = message.id();
        }
        int size = message.bytes().length;
        if (!waiting.isEmpty() && (waiting.size() >= maxEvents || waitingBytes + size > maxBytes)) {
            return Offer.OVERFLOW;
        }
        waiting.add(message);
        waitingBytes += size;
        boolean first = !awaitsFlush;
        awaitsFlush = true;
        return first ? Offer.FIRST : Offer.TAKEN;
    }

    /** What follows continues from this position; it is told to nobody but {@link #lastSentId}. */
    synchronized void position(long id) {
        offer(Message.position(id));
        lastOfferedId = 0;
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
        notifyAll();
    }

    /** Whether less than half of what may wait does. */
    synchronized boolean hasRoom() {
        return waiting.isEmpty() || (waiting.size() < maxEvents / 2 && waitingBytes < maxBytes / 2);
    }

    /** Waits until there is room; false when the connection has ended. */
    synchronized boolean awaitRoom() throws InterruptedException {
        while (!closed && !hasRoom()) {
            awaitsRoom = true;
            wait();
        }
        return !closed;
    }

    /** The position that was handed to the socket last, 0 for none. */
    synchronized long lastSentId() {
        return lastSentId;
    }

    /** The position that was offered last, 0 for none. */
    synchronized long lastOfferedId() {
        return lastOfferedId;
    }

    synchronized int size() {
        return waiting.size();
    }

    synchronized long bytes() {
        return waitingBytes;
    }

    private synchronized List<Message> takeForWrite() {
        List<Message> taken = new ArrayList<>(Math.min(waiting.size(), MAX_MESSAGES_PER_WRITE));
        long bytes = 0;
        while (!waiting.isEmpty() && taken.size() < MAX_MESSAGES_PER_WRITE && bytes < MAX_BYTES_PER_WRITE) {
            Message next = waiting.remove();
            if (next.id() != 0) {
                lastSentId = next.id();
            }
            if (next.bytes().length > 0) {
                bytes += next.bytes().length;
                taken.add(next);
            }
        }
        waitingBytes -= bytes;
        if (awaitsRoom && hasRoom()) {
            awaitsRoom = false;
            notifyAll();
        }
        return taken;
    }

    private synchronized boolean endsNow() {
        boolean now = closed && !ended;
        ended |= now;
        return now;
    }

    /** Sends what waits as one write; runs again when that is done, for as long as something waits. */
    private final class Writer extends IteratingCallback {

        @Override
        protected Action process() {
            List<Message> messages = takeForWrite();
            if (messages.isEmpty()) {
                if (endsNow()) {
                    sink.end();
                }
                return Action.IDLE;
            }
            sink.write(messages, this);
            return Action.SCHEDULED;
        }

        @Override
        protected void onCompleteFailure(Throwable cause) {
            OutboundQueue.this.close();
        }
    }
}
