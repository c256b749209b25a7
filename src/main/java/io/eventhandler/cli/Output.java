package io.eventhandler.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Standard output: what can't be written ends the command, silently where its reader has ended. For one thread at a time. */
final class Output {

    private static final int BUFFER = 64 << 10;

    private final OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER);

    void line(String text) {
        line(text.getBytes(StandardCharsets.UTF_8));
    }

    void line(byte[] text) {
        try {
            out.write(text);
            out.write('\n');
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Shows what was written. */
    void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static CommandException failed(IOException e) {
        boolean isClosed = Terminal.OUTPUT.isPipe()
                || String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("broken pipe");
        return isClosed
                ? CommandException.outputClosed(e)
                : CommandException.failed("standard output can't be written: " + e.getMessage(), e);
    }
}
