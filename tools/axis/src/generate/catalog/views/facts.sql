-- What is known of PostgreSQL's own functions and operators, as far as it says whether a view's column can be NULL:
-- `always` gives a value whatever it is given; `total` gives one unless an argument is NULL; `aggregate` does so where the
-- group has a row; `strict` gives NULL, and so a condition refuses the row, where an argument is NULL.
--
-- Left out on purpose: date_part and extract (NULL for a part of infinity), to_char (NULL for an empty format), lower and
-- upper of a range (NULL without a bound), substring by a pattern, casts of jsonb (NULL for JSON null), statistics of too
-- few rows. A function of an extension or of the user may do anything.
WITH named (fact, names) AS (
    VALUES ('always', '{count,row_number,rank,dense_rank,percent_rank,cume_dist,now,clock_timestamp,statement_timestamp,'
                      'transaction_timestamp,random,gen_random_uuid,concat,json_build_object,jsonb_build_object,'
                      'json_build_array,jsonb_build_array,pg_backend_pid}'::name[]),
           ('aggregate', '{min,max,sum,avg,bool_and,bool_or,every,array_agg,string_agg,json_agg,jsonb_agg,'
                         'json_object_agg,jsonb_object_agg}'),
           ('total', '{abs,ceil,ceiling,floor,round,trunc,sign,lower,upper,initcap,length,char_length,character_length,'
                     'octet_length,left,right,btrim,ltrim,rtrim,lpad,rpad,replace,reverse,repeat,translate,split_part,'
                     'substr,strpos,md5,encode,date_trunc,timezone,starts_with,int2,int4,int8,float4,float8,numeric,text,'
                     'varchar,bpchar,bool,date,time,timetz,timestamp,timestamptz,interval}'),
           ('any_total', '{to_json,to_jsonb,row_to_json,cardinality}')
)
SELECT 'function' AS what,
       p.oid AS oid,
       CASE named.fact WHEN 'any_total' THEN 'total' ELSE named.fact END AS fact
  FROM named
  JOIN pg_proc p ON p.proname = ANY (named.names)
 WHERE p.pronamespace = 'pg_catalog'::regnamespace
   AND NOT p.proretset
   AND (named.fact <> 'total'
        OR NOT EXISTS (SELECT
                         FROM unnest(p.proargtypes) AS argument (type)
                         JOIN pg_type t ON t.oid = argument.type
                        WHERE t.typcategory NOT IN ('N', 'S', 'D', 'T', 'B') AND t.oid <> 'bytea'::regtype))
 UNION ALL
SELECT 'operator', o.oid, 'strict'
  FROM pg_operator o
  JOIN pg_proc p ON p.oid = o.oprcode
 WHERE p.proisstrict
 UNION ALL
SELECT 'operator', o.oid, 'total'
  FROM pg_operator o
  JOIN pg_type r ON r.oid = o.oprresult
  LEFT JOIN pg_type a ON a.oid = o.oprleft
  JOIN pg_type b ON b.oid = o.oprright
 WHERE o.oprnamespace = 'pg_catalog'::regnamespace
   AND o.oprname IN ('+', '-', '*', '/', '%', '=', '<>', '<', '>', '<=', '>=', '||', '~', '!~', '~*', '!~*', '~~', '!~~',
                     '~~*', '!~~*')
   AND coalesce(a.typcategory, 'N') IN ('N', 'S', 'D', 'T', 'B')
   AND b.typcategory IN ('N', 'S', 'D', 'T', 'B')
   AND r.typcategory IN ('N', 'S', 'D', 'T', 'B')
