import ch.qos.logback.classic.Level;
import io.eventhandler.postgres.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.FileUtils;
import org.flywaydb.core.Flyway;
import org.jooq.codegen.GenerationTool;
import org.jooq.meta.jaxb.Configuration;
import org.jooq.meta.jaxb.Database;
import org.jooq.meta.jaxb.Generate;
import org.jooq.meta.jaxb.Generator;
import org.jooq.meta.jaxb.Jdbc;
import org.jooq.meta.jaxb.Logging;
import org.jooq.meta.jaxb.Target;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Generates jOOQ's classes from the migrations, applied to a real PostgreSQL of its own. Run by the build.
 *
 * <p>Arguments: the directory of the migrations, the directory to generate into.
 */
public final class GenerateJooq {

    private GenerateJooq() {}

    public static void main(String[] args) throws Exception {
        System.setProperty("org.jooq.no-logo", "true");
        System.setProperty("org.jooq.no-tips", "true");
        ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
        Path migrations = Path.of(args[0]);
        Path target = Path.of(args[1]);
        Path data = Files.createTempDirectory("generate-jooq-");
        var postgres = new EmbeddedPostgres(data.resolve("postgres"));
        try {
            postgres.start();
            var url = postgres.url();
            Flyway.configure()
                    .dataSource(url.jdbcUrl(), url.user(), url.password())
                    .locations("filesystem:" + migrations)
                    .loggers("slf4j")
                    .load()
                    .migrate();
            GenerationTool.generate(new Configuration()
                    .withLogging(Logging.WARN)
                    .withJdbc(new Jdbc()
                            .withUrl(url.jdbcUrl())
                            .withUser(url.user())
                            .withPassword(url.password()))
                    .withGenerator(new Generator()
                            .withDatabase(new Database()
                                    .withInputSchema("public")
                                    .withOutputSchemaToDefault(true)
                                    .withExcludes("flyway_schema_history|events_from_.*"))
                            .withGenerate(new Generate().withGeneratedAnnotation(false))
                            .withTarget(new Target()
                                    .withPackageName("io.eventhandler.postgres.jooq")
                                    .withDirectory(target.toString()))));
        } finally {
            postgres.stop();
            FileUtils.deleteDirectory(data.toFile());
        }
        Files.writeString(target.resolve(".generated"), "");
    }
}
