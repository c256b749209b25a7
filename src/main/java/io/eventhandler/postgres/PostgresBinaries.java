package io.eventhandler.postgres;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Locale;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.apache.commons.io.FileUtils;
import org.jspecify.annotations.Nullable;

/** PostgreSQL's programs, unpacked once per user from the archive on the class path. */
final class PostgresBinaries {

    private PostgresBinaries() {}

    /**
     * Where their archive is.
     *
     * @throws EmbeddedPostgresException when there is none for this machine
     */
    static URL archive() {
        URL archive =
                PostgresBinaries.class.getResource("/postgres-%s-%s.txz".formatted(operatingSystem(), architecture()));
        if (archive == null) {
            throw new EmbeddedPostgresException(
                    "There is no embedded PostgreSQL here: set DATABASE_URL to a PostgreSQL database.");
        }
        return archive;
    }

    /** The directory that holds {@code bin/postgres}. */
    static Path unpackedBelow(Path cache) throws IOException {
        URL resource = archive();
        Path directory = cache.resolve("postgresql-" + fingerprint(resource));
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(cache);
            Path fresh = Files.createTempDirectory(cache, "unpacking-");
            try (InputStream content = resource.openStream()) {
                unpack(content, fresh);
            }
            moveUnlessThere(fresh, directory);
        }
        return directory;
    }

    private static void unpack(InputStream content, Path target) throws IOException {
        Files.setPosixFilePermissions(target, permissions(0755));
        try (var tar = new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(content)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = target.resolve(entry.getName()).normalize();
                if (!path.startsWith(target)) {
                    throw new IOException("the archive leaves its directory: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                } else if (entry.isSymbolicLink()) {
                    Files.createDirectories(path.getParent());
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else {
                    Files.createDirectories(path.getParent());
                    Files.copy(tar, path);
                    Files.setPosixFilePermissions(path, permissions(entry.getMode() | 0444));
                }
            }
        }
    }

    /** Another process may unpack at the same time; the first one wins. */
    private static void moveUnlessThere(Path fresh, Path directory) throws IOException {
        try {
            Files.move(fresh, directory, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException | AtomicMoveNotSupportedException e) {
            FileUtils.deleteDirectory(fresh.toFile());
        } catch (java.nio.file.FileSystemException e) {
            FileUtils.deleteDirectory(fresh.toFile());
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = java.util.EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] all = PosixFilePermission.values(); // from owner read down to others execute
        for (int bit = 0; bit < all.length; bit++) {
            if ((mode & (0400 >> bit)) != 0) {
                permissions.add(all[bit]);
            }
        }
        return permissions;
    }

    private static String fingerprint(URL resource) throws IOException {
        return resource.openConnection() instanceof JarURLConnection jar
                ? "%08x".formatted(jar.getJarEntry().getCrc())
                : "%08x".formatted(resource.openConnection().getContentLengthLong());
    }

    private static @Nullable String operatingSystem() {
        String name = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        return name.startsWith("mac") ? "darwin" : name.startsWith("linux") ? "linux" : null;
    }

    private static String architecture() {
        String name = System.getProperty("os.arch");
        return name.equals("amd64") ? "x86_64" : name.equals("aarch64") ? "arm_64" : name;
    }
}
