package io.eventhandler.client;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Events that wait in memory, and are gone with the process. Thread-safe. */
final class MemoryStore implements SpoolStore {

    private final long maxBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private long bytes;
    private boolean closed;

    MemoryStore(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Override
    public void append(byte[] event) {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the spool is closed");
            }
            int more = event.length + OVERHEAD;
            if (bytes + more > maxBytes) {
                throw new SpoolFullException(waiting.size(), bytes, more, maxBytes);
            }
            waiting.add(event);
            bytes += more;
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<byte[]> awaitFirst(int maxEvents, int mostBytes) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (waiting.isEmpty()) {
                arrived.await();
            }
            List<byte[]> first = new ArrayList<>();
            int size = 0;
            for (byte[] event : waiting) {
                size += event.length;
                if (!first.isEmpty() && (first.size() == maxEvents || size > mostBytes)) {
                    break;
                }
                first.add(event);
            }
            return first;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void acknowledge(List<byte[]> first) {
        lock.lock();
        try {
            for (byte[] event : first) {
                waiting.remove();
                bytes -= event.length + OVERHEAD;
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long events() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean survives() {
        return false;
    }

    @Override
    public void closeForNew() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        closeForNew();
    }
}
