-- CHECKs that tell what a function gives at the edges of what it takes: other CHECKs compare it with itself, or loosely.

CREATE TABLE check_edges (
    id int PRIMARY KEY,
    titles text CHECK (upper(titles) <> 'ᾈᾉᾊᾋᾌᾍᾎᾏᾘᾙᾚᾛᾜᾝᾞᾟᾨᾩᾪᾫᾬᾭᾮᾯᾼῌῼ'),
    dotted text CHECK (lower(dotted) <> 'i'),
    kind jsonb CHECK (jsonb_typeof(kind) <> 'null' AND jsonb_typeof(kind) <> 'boolean' AND jsonb_typeof(kind) <> 'string'),
    ancient date CHECK (extract(year FROM ancient) <> -44),
    quarterly timestamp CHECK (date_trunc('quarter', quarterly) <> '2024-10-01'),
    hourly timestamp CHECK (date_trunc('hour', hourly) <> '2024-05-05 05:00'),
    minutely timestamp CHECK (date_trunc('minute', minutely) <> '2024-05-05 05:07'),
    first timestamp CHECK (first + interval '1 month' <> '2000-03-29' AND first + interval '1 month' <> '2100-03-28'),
    later timestamp CHECK (later - interval '1 month' <> '1900-02-28' AND later + interval '13 months' <> '2401-01-31'),
    sooner date CHECK (sooner - interval '1 day' <> '1999-12-31' AND sooner + interval '2 months' <> '2024-02-29')
);
