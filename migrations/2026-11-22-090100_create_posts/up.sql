CREATE TABLE posts (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL,
    title varchar(255) NOT NULL,
    content text NOT NULL,
    slug varchar(255) NOT NULL,
    published_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    CONSTRAINT posts_pkey PRIMARY KEY (id),
    CONSTRAINT posts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT posts_title_length CHECK (char_length(title) >= 1),
    CONSTRAINT posts_content_length CHECK (char_length(content) >= 10),
    CONSTRAINT posts_slug_format CHECK (slug ~ '^[a-z0-9-]+$'),
    CONSTRAINT posts_published_after_created CHECK (published_at >= created_at),
    CONSTRAINT posts_updated_after_created CHECK (updated_at >= created_at),
    CONSTRAINT posts_deleted_after_created CHECK (deleted_at >= created_at)
);

COMMENT ON TABLE posts IS 'What users write.';
COMMENT ON COLUMN posts.id IS 'Primary key.';
COMMENT ON COLUMN posts.user_id IS 'Author. Deleting the author''s row deletes the post''s.';
COMMENT ON COLUMN posts.title IS 'Headline. 1 to 255 characters.';
COMMENT ON COLUMN posts.content IS 'Text of the post. At least 10 characters.';
COMMENT ON COLUMN posts.slug IS 'Name in a URL, unique among live posts. 1 to 255 characters of a-z, 0-9 and -.';
COMMENT ON COLUMN posts.published_at IS 'When the post was published; NULL while it is a draft.';
COMMENT ON COLUMN posts.created_at IS 'When the post was created.';
COMMENT ON COLUMN posts.updated_at IS 'When the row last changed. Kept by the database.';
COMMENT ON COLUMN posts.deleted_at IS 'When the post was deleted; NULL while the post is live.';

CREATE UNIQUE INDEX posts_slug_live_key ON posts (slug) WHERE deleted_at IS NULL;
COMMENT ON INDEX posts_slug_live_key IS 'One live post for each slug.';

-- Not partial: ON DELETE CASCADE looks for deleted posts too.
CREATE INDEX posts_user_id_idx ON posts (user_id);
COMMENT ON INDEX posts_user_id_idx IS 'Serves the foreign key posts_user_id_fkey.';

CREATE INDEX posts_live_of_user_newest_idx ON posts (user_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
COMMENT ON INDEX posts_live_of_user_newest_idx IS 'Serves the list of a user''s posts, newest first.';

CREATE INDEX posts_published_newest_idx ON posts (published_at DESC, id DESC)
    WHERE deleted_at IS NULL AND published_at IS NOT NULL;
COMMENT ON INDEX posts_published_newest_idx IS 'Serves the list of published posts, newest publication first.';

CREATE TRIGGER posts_set_updated_at BEFORE UPDATE ON posts
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();
