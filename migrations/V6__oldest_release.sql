-- Which releases may serve this schema.

-- The newest migration that a release must know to serve this schema; one that knows less says so and is not ready. A
-- migration that takes away what earlier releases call replaces this function, see README.md.
CREATE FUNCTION events_oldest_release() RETURNS int
    LANGUAGE sql IMMUTABLE RETURN 6;
