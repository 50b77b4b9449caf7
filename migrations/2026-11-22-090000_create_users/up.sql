-- Shared by every table that has an updated_at. It never goes back in time: created_at <= updated_at is a CHECK, and
-- the clock of the next primary may be behind this one's.
CREATE FUNCTION set_updated_at() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.updated_at := greatest(now(), OLD.updated_at);
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION set_updated_at() IS 'Keeps updated_at: BEFORE UPDATE, where a row really changes.';

CREATE TABLE users (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    email varchar(255) NOT NULL,
    name varchar(255) NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_length CHECK (char_length(email) >= 5),
    CONSTRAINT users_email_address CHECK (email LIKE '_%@_%'),
    CONSTRAINT users_name_length CHECK (char_length(name) >= 1),
    CONSTRAINT users_updated_after_created CHECK (updated_at >= created_at),
    CONSTRAINT users_deleted_after_created CHECK (deleted_at >= created_at)
);

COMMENT ON TABLE users IS 'People who write posts.';
COMMENT ON COLUMN users.id IS 'Primary key.';
COMMENT ON COLUMN users.email IS 'Address, unique among live users whatever its case. 5 to 255 characters.';
COMMENT ON COLUMN users.name IS 'Name as others see it. 1 to 255 characters.';
COMMENT ON COLUMN users.created_at IS 'When the user was created.';
COMMENT ON COLUMN users.updated_at IS 'When the row last changed. Kept by the database.';
COMMENT ON COLUMN users.deleted_at IS 'When the user was deleted; NULL while the user is live.';

CREATE UNIQUE INDEX users_email_live_key ON users (lower(email)) WHERE deleted_at IS NULL;
COMMENT ON INDEX users_email_live_key IS 'One live user for each address.';

CREATE INDEX users_live_newest_idx ON users (created_at DESC, id DESC) WHERE deleted_at IS NULL;
COMMENT ON INDEX users_live_newest_idx IS 'Serves the list of users, newest first.';

CREATE TRIGGER users_set_updated_at BEFORE UPDATE ON users
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();
