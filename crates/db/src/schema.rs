// @generated automatically by Diesel CLI.

diesel::table! {
    /// What users write.
    posts (id) {
        /// Primary key.
        id -> Uuid,
        /// Author. Deleting the author's row deletes the post's.
        user_id -> Uuid,
        /// Headline. 1 to 255 characters.
        #[max_length = 255]
        title -> Varchar,
        /// Text of the post. At least 10 characters.
        content -> Text,
        /// Name in a URL, unique among live posts. 1 to 255 characters of a-z, 0-9 and -.
        #[max_length = 255]
        slug -> Varchar,
        /// When the post was published; NULL while it is a draft.
        published_at -> Nullable<Timestamptz>,
        /// When the post was created.
        created_at -> Timestamptz,
        /// When the row last changed. Kept by the database.
        updated_at -> Timestamptz,
        /// When the post was deleted; NULL while the post is live.
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// People who write posts.
    users (id) {
        /// Primary key.
        id -> Uuid,
        /// Address, unique among live users whatever its case. 5 to 255 characters.
        #[max_length = 255]
        email -> Varchar,
        /// Name as others see it. 1 to 255 characters.
        #[max_length = 255]
        name -> Varchar,
        /// When the user was created.
        created_at -> Timestamptz,
        /// When the row last changed. Kept by the database.
        updated_at -> Timestamptz,
        /// When the user was deleted; NULL while the user is live.
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::joinable!(posts -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(posts, users,);
