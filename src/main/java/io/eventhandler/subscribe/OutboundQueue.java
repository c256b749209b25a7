package io.eventhandler.subscribe;

import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.read.EventsRemovedException;
import io.eventhandler.fanout.OutboundMessage;
import io.eventhandler.feed.FeedOutput;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;

/** What waits to be sent on one connection, and the one write that is under way. Thread-safe. */
final class OutboundQueue implements FeedOutput {

    private static final int MAX_MESSAGES_PER_WRITE = 256;
    private static final int MAX_BYTES_PER_WRITE = 256 << 10;

    /** The connection itself. */
    interface Sink {

        /** Writes them all, at least one, in this order and without blocking; completes the callback once. */
        void write(List<OutboundMessage> messages, Callback callback);

        /** Nothing more comes: the queue was closed or has failed, and no write is under way. Called once. */
        void end();

        /** A write failed: nothing can be sent any more. */
        void broken(Throwable cause);

        /** More waits than may: the client does not keep up, and gets nothing more. May be called under a hub's lock. */
        void overflow();

        /** It could not be sent what it should be, and gets nothing behind what waits. May be called under a hub's lock. */
        void failed(Throwable cause);

        /** The message that tells the client its position. */
        OutboundMessage checkpoint(long position);

        /** See {@link FeedOutput#removed}. */
        void removed(List<NamePattern> forgotten, EventsRemovedException reason);
    }

    private final Sink sink;
    private final int maxEvents;
    private final long maxBytes;
    private final Writer writer = new Writer();

    private ArrayDeque<OutboundMessage> waiting = new ArrayDeque<>(0); // guarded by this, like all below
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

    @Override
    public boolean offer(OutboundMessage message) {
        synchronized (this) {
            if (closed || (message.id() != 0 && message.id() == lastOfferedId)) {
                return false;
            }
            int size = message.bytes().length;
            if (waiting.isEmpty() || (waiting.size() < maxEvents && waitingBytes + size <= maxBytes)) {
                waiting.add(message);
                waitingBytes += size;
                lastOfferedId = message.id() == 0 ? lastOfferedId : message.id();
                boolean first = !awaitsFlush;
                awaitsFlush = true;
                return first;
            }
        }
        sink.overflow();
        return false;
    }

    /** Takes nothing more. What waits is sent, so that a client that resumes gets as far as it can. */
    @Override
    public void fail(Throwable cause) {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        sink.failed(cause);
    }

    /** It is told to nobody but {@link #lastSentId}. */
    @Override
    public synchronized void position(long id) {
        offer(OutboundMessage.position(id));
        lastOfferedId = 0;
    }

    @Override
    public void checkpoint(long id) {
        offer(sink.checkpoint(id));
    }

    @Override
    public void removed(List<NamePattern> forgotten, EventsRemovedException reason) {
        sink.removed(forgotten, reason);
    }

    /** Starts a write, unless one is under way: then what waits goes out when that one is done. */
    @Override
    public void flush() {
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

    /** Takes nothing more, and sends this in place of what waits. */
    synchronized void closeWith(OutboundMessage last) {
        close();
        waiting.add(last);
        waitingBytes = last.bytes().length;
    }

    /** Whether less than half of what may wait does. */
    @Override
    public synchronized boolean hasRoom() {
        return waiting.isEmpty() || (waiting.size() < maxEvents / 2 && waitingBytes < maxBytes / 2);
    }

    /** Waits until there is room; false when the connection has ended. */
    @Override
    public synchronized boolean awaitRoom() throws InterruptedException {
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

    private synchronized List<OutboundMessage> takeForWrite() {
        List<OutboundMessage> taken = new ArrayList<>(Math.min(waiting.size(), MAX_MESSAGES_PER_WRITE));
        long bytes = 0;
        while (!waiting.isEmpty() && taken.size() < MAX_MESSAGES_PER_WRITE && bytes < MAX_BYTES_PER_WRITE) {
            OutboundMessage next = waiting.remove();
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
            List<OutboundMessage> messages = takeForWrite();
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
            sink.broken(cause);
        }
    }
}
