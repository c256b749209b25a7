package io.eventhandler.postgres;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.Fuzzing;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever a connection URL looks like, it leads somewhere or is refused. */
class DatabaseUrlFuzzTest {

    @Test
    void urls() {
        List<String> samples = List.of(
                "postgresql://me:p%40ss@db.example:6432/shop?sslmode=require&options=-c%20search_path%3Da%5C%20b",
                "postgres://me@a,b:5433,[::1]:5434/d?target_session_attrs=read-write&sslrootcert=/nowhere&sslkey=x",
                "jdbc:postgresql:///d?host=a,b&port=1,2&user=me&password=x&connect_timeout=5",
                "postgresql+asyncpg://h/d?pool_size=5&prepared_statement_cache_size=0");
        Fuzzing.run(samples, (input, mutations) -> {
            DatabaseUrl url;
            try {
                url = UrlParser.parseUsable(new String(input, UTF_8));
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage()).isNotEmpty();
                return;
            }
            assertThat(url.toString() + url.jdbcUrl()).isNotEmpty();
            assertThat(url.hosts())
                    .isNotEmpty()
                    .allMatch(host -> !url.listenUrl(host).isEmpty());
            assertThat(url.jdbcProperties()).containsKey("user");
            assertThat(url.listenProperties()).containsKey("user");
            assertThat(url.sessionSettings()).containsKey("idle_session_timeout");
        });
    }
}
