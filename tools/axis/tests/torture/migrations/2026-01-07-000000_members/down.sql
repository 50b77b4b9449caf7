DROP TABLE check_computed;
DROP TABLE check_members;
DROP DOMAIN home;
DROP TYPE postal_address;
DROP DOMAIN postcode;
DROP TYPE place;
