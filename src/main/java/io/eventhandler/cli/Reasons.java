package io.eventhandler.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Says why a file can't be used: the JDK's exceptions have its name alone. */
final class Reasons {

    private Reasons() {}

    /** In words, without the file's name. */
    static String of(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "there is no such file or directory";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        String reason = e instanceof FileSystemException other ? other.getReason() : null;
        return reason == null ? String.valueOf(e.getMessage()) : reason;
    }
}
